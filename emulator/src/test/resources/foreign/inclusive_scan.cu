// An inclusive prefix sum over one block of 1024 integers.
extern "C" __global__ void inclusive_scan(const int *in, int *out) {
  __shared__ int totals[32];
  int lane = threadIdx.x & 31;
  int warp = threadIdx.x >> 5;
  int value = in[threadIdx.x];
  for (int offset = 1; offset < 32; offset <<= 1) {
    int other = __shfl_up_sync(0xffffffff, value, offset);
    if (lane >= offset) {
      value += other;
    }
  }
  if (lane == 31) {
    totals[warp] = value;
  }
  __syncthreads();
  if (warp == 0) {
    int total = totals[lane];
    for (int offset = 1; offset < 32; offset <<= 1) {
      int other = __shfl_up_sync(0xffffffff, total, offset);
      if (lane >= offset) {
        total += other;
      }
    }
    totals[lane] = total;
  }
  __syncthreads();
  out[threadIdx.x] = value + (warp > 0 ? totals[warp - 1] : 0);
}
