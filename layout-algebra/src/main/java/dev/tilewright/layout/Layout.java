package dev.tilewright.layout;

public final class Layout {}
