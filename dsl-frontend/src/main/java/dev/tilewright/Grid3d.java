package dev.tilewright;

/**
 * Which block of a three-dimensional grid runs.
 *
 * @param batch from 0, the grid's z axis
 * @param row from 0, the grid's x axis
 * @param col from 0, the grid's y axis
 */
public record Grid3d(Scalar batch, Scalar row, Scalar col) {}
