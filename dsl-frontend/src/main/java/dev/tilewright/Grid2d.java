package dev.tilewright;

/**
 * Which block of a two-dimensional grid runs.
 *
 * @param row from 0, the grid's x axis
 * @param col from 0, the grid's y axis
 */
public record Grid2d(Scalar row, Scalar col) {}
