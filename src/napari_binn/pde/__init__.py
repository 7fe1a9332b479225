"""The forward solver of u_t = div(D(u) grad u) + G(u) u."""
