/* BPTT written by hand: `steps` steps of gradient descent on one sequence. H, V and T are given to the compiler, and
   every inner loop runs along a row, so that it vectorises without reordering a sum where it can. */
#include <math.h>
#include <string.h>

void descend(double W_aa[H][H], double W_ax[H][V], double b_a[H], double W_ya[V][H], double b_y[V],
             const long x[T], const long target[T], double rate, long steps)
{
    static double a[T + 1][H], y[T][V], d_W_aa[H][H], d_W_ax[H][V], d_b_a[H], d_W_ya[V][H], d_b_y[V];
    for (long step = 0; step < steps; step++) {
        for (int t = 0; t < T; t++) {
            for (int i = 0; i < H; i++) {
                double total = W_ax[i][x[t]] + b_a[i];
                for (int j = 0; j < H; j++) total += W_aa[i][j] * a[t][j];
                a[t + 1][i] = tanh(total);
            }
            double largest = -INFINITY, total = 0;
            for (int k = 0; k < V; k++) {
                y[t][k] = b_y[k];
                for (int i = 0; i < H; i++) y[t][k] += W_ya[k][i] * a[t + 1][i];
                largest = y[t][k] > largest ? y[t][k] : largest;
            }
            for (int k = 0; k < V; k++) total += y[t][k] = exp(y[t][k] - largest);
            for (int k = 0; k < V; k++) y[t][k] /= total;
        }
        memset(d_W_aa, 0, sizeof d_W_aa);
        memset(d_W_ax, 0, sizeof d_W_ax);
        memset(d_b_a, 0, sizeof d_b_a);
        memset(d_W_ya, 0, sizeof d_W_ya);
        memset(d_b_y, 0, sizeof d_b_y);
        double carried[H] = {0};
        for (int t = T - 1; t >= 0; t--) {
            double delta_a[H];
            y[t][target[t]] -= 1;
            for (int i = 0; i < H; i++) delta_a[i] = carried[i];
            for (int k = 0; k < V; k++) {
                d_b_y[k] += y[t][k];
                for (int i = 0; i < H; i++) {
                    d_W_ya[k][i] += y[t][k] * a[t + 1][i];
                    delta_a[i] += W_ya[k][i] * y[t][k];
                }
            }
            for (int i = 0; i < H; i++) {
                delta_a[i] *= 1 - a[t + 1][i] * a[t + 1][i];
                d_b_a[i] += delta_a[i];
                d_W_ax[i][x[t]] += delta_a[i];
            }
            for (int j = 0; j < H; j++) carried[j] = 0;
            for (int i = 0; i < H; i++)
                for (int j = 0; j < H; j++) {
                    d_W_aa[i][j] += delta_a[i] * a[t][j];
                    carried[j] += W_aa[i][j] * delta_a[i];
                }
        }
        for (int i = 0; i < H; i++) {
            b_a[i] -= rate * d_b_a[i];
            for (int j = 0; j < H; j++) W_aa[i][j] -= rate * d_W_aa[i][j];
            for (int k = 0; k < V; k++) W_ax[i][k] -= rate * d_W_ax[i][k];
        }
        for (int k = 0; k < V; k++) {
            b_y[k] -= rate * d_b_y[k];
            for (int i = 0; i < H; i++) W_ya[k][i] -= rate * d_W_ya[k][i];
        }
    }
}
