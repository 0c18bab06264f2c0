package dev.tilewright.layout.analysis;

public final class BankModel {}
