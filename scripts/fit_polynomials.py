#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Derives the polynomial coefficients of kernels/math/elementary.hpp (needs the package mpmath).

Each is a weighted minimax fit by Remez' exchange (Cheney, Introduction to Approximation Theory, ch. 3): it minimizes
max |weight(x) (p(x) - f(x))|. Prints the coefficients, rounded to float, and the largest weighted error with them.
"""
import re
import struct

import mpmath as mp

mp.mp.dps = 40


def to_float(value):
    return mp.mpf(struct.unpack("f", struct.pack("f", float(value)))[0])


def literal(value):
    return re.sub(r"0*p", "p", float(value).hex()) + "f"


def fit(function, weight, low, high, degree):
    """Coefficients of 1, x, x^2, ..."""
    count = degree + 2
    middle, half = (low + high) / 2, (high - low) / 2
    points = [middle - half * mp.cos(mp.pi * (i + mp.mpf("0.5")) / count) for i in range(count)]
    grid = [middle - half * mp.cos(mp.pi * i / 600) for i in range(601)]
    targets = [(x, function(x), weight(x)) for x in grid]
    for _ in range(12):
        system = mp.matrix(count, count)
        right = mp.matrix(count, 1)
        for row, x in enumerate(points):
            for column in range(degree + 1):
                system[row, column] = x**column
            system[row, count - 1] = (-1) ** row / weight(x)
            right[row] = function(x)
        solution = mp.lu_solve(system, right)
        coefficients = [solution[i] for i in range(degree + 1)]
        errors = [w * (mp.polyval(coefficients[::-1], x) - f) for x, f, w in targets]
        # The largest error of each run of equal signs is a new reference point.
        runs = []
        for x, error in zip(grid, errors):
            if runs and (error > 0) == (runs[-1][1] > 0):
                if abs(error) > abs(runs[-1][1]):
                    runs[-1] = (x, error)
            else:
                runs.append((x, error))
        while len(runs) > count:
            runs.pop(0 if abs(runs[0][1]) < abs(runs[-1][1]) else -1)
        if len(runs) < count:
            break
        points = [x for x, _ in runs]
    return coefficients


def show(name, function, weight, low, high, degree):
    low, high = mp.mpf(low), mp.mpf(high)
    coefficients = [to_float(c) for c in fit(function, weight, low, high, degree)]
    grid = [low + (high - low) * i / 1000 for i in range(1001)]
    error = max(abs(weight(x) * (mp.polyval(coefficients[::-1], x) - function(x))) for x in grid)
    print(f"{name}: degree {degree} on [{float(low):.6g}, {float(high):.6g}], error {float(error * 2**24):.4f} * 2^-24")
    print("   ", ", ".join(literal(c) for c in coefficients))


def split(name, value, bits):
    """value = high + low with `bits` significant bits in high, so that small integers times high are exact."""
    exponent = mp.floor(mp.log(abs(value), 2)) + 1
    high = mp.nint(value * 2 ** (bits - exponent)) / 2 ** (bits - exponent)
    print(f"{name}: {literal(high)} + {literal(to_float(value - high))}")


def series(function, terms):
    """The function, or its Taylor polynomial (which has no cancellation) near 0."""
    return lambda x: mp.polyval(list(reversed(terms)), x) if abs(x) < mp.mpf("1e-9") else function(x)


def mills(u):
    t = u + mp.mpf("0.5")
    a = 4 * (1 / t - 1)
    return mp.erfc(a / mp.sqrt(2)) / 2 * mp.exp(a * a / 2) / t


def main():
    half_log2 = mp.log(2) / 2 * mp.mpf("1.0001")
    tiny = mp.mpf("1e-12")
    split("ln 2 of exp", mp.log(2), 24)
    split("ln 2 of log", mp.log(2), 15)
    show("exp: (e^r - 1 - r) / r^2", series(lambda r: (mp.expm1(r) - r) / r**2, [mp.mpf(1) / 2, mp.mpf(1) / 6]),
         lambda r: abs(r) + tiny, -half_log2, half_log2, 4)
    show("log: (log(1+f) - f + f^2/2) / f^3",
         series(lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, [mp.mpf(1) / 3, -mp.mpf(1) / 4]),
         lambda f: f * f + tiny, mp.sqrt("0.5") - 1, mp.sqrt(2) - 1, 8)
    show("tanh: (tanh(x) - x) / x^3, in x^2",
         series(lambda s: (mp.tanh(mp.sqrt(s)) - mp.sqrt(s)) / mp.sqrt(s) ** 3, [-mp.mpf(1) / 3, mp.mpf(2) / 15]),
         lambda s: 3, 0, mp.mpf("0.625") ** 2, 5)
    show("erf: erf(x) / x - 1, in x^2",
         series(lambda s: mp.erf(mp.sqrt(s)) / mp.sqrt(s) - 1, [2 / mp.sqrt(mp.pi) - 1, -2 / mp.sqrt(mp.pi) / 3]),
         lambda s: 1, 0, 1, 6)
    show("normal tail: Phi(-a) e^(a^2/2) / t, in t - 1/2, t = 1 / (1 + a/4)", mills, lambda u: 1 / mills(u),
         1 / (1 + mp.mpf(15) / 4) - mp.mpf("0.5"), mp.mpf("0.5"), 9)
    show("sinpi: (sin(pi r) - pi r) / r^3, in r^2",
         series(lambda s: (mp.sinpi(mp.sqrt(s)) / mp.sqrt(s) - mp.pi) / s, [-mp.pi**3 / 6, mp.pi**5 / 120]),
         lambda s: s / 3 + tiny, 0, mp.mpf(1) / 16, 3)
    show("cospi: (cos(pi r) - 1) / r^2, in r^2",
         series(lambda s: (mp.cospi(mp.sqrt(s)) - 1) / s, [-mp.pi**2 / 2, mp.pi**4 / 24]), lambda s: s + tiny, 0,
         mp.mpf(1) / 16, 4)


if __name__ == "__main__":
    main()
