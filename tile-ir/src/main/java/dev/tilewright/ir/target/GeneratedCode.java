package dev.tilewright.ir.target;

/**
 * What a code generator wrote.
 *
 * @param language the {@link Backend#language()}
 * @param entry the entry point's name in the text
 * @param text the code
 */
public record GeneratedCode(String language, String entry, String text) {}
