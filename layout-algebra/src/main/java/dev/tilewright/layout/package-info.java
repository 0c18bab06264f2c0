/** Layouts as algebra: functions between products of named axes, written as digits and strides. */
@NullMarked
package dev.tilewright.layout;

import org.jspecify.annotations.NullMarked;
