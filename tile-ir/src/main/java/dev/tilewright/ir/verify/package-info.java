/**
 * The rules of tile IR. {@link dev.tilewright.ir.verify.Verifier} checks a function against them:
 * the rules of scope, the rules of types ({@code TypeRules}), and those of the staged form ({@code
 * StagedRules}).
 */
@NullMarked
package dev.tilewright.ir.verify;

import org.jspecify.annotations.NullMarked;
