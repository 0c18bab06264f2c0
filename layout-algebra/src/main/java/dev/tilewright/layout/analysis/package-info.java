@org.jspecify.annotations.NullMarked
package dev.tilewright.layout.analysis;
