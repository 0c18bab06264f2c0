// y = alpha A x + beta y in double precision, one row a warp.
extern "C" __global__ void matvec_f64(const double *a, const double *x, double *y, double alpha,
                                      double beta, int rows, int columns) {
  int row = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
  int lane = threadIdx.x % 32;
  if (row >= rows) {
    return;
  }
  double sum = 0.0;
  for (int c = lane; c < columns; c += 32) {
    sum = fma(a[(size_t)row * columns + c], x[c], sum);
  }
  for (int offset = 16; offset > 0; offset /= 2) {
    sum += __shfl_xor_sync(0xffffffff, sum, offset);
  }
  if (lane == 0) {
    y[row] = alpha * sum + beta * y[row];
  }
}
