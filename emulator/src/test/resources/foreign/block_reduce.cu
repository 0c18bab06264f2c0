// Sums 256 floats a block: shuffles inside a warp, shared memory between warps.
extern "C" __global__ void block_reduce(const float *in, float *out, int n) {
  __shared__ float partial[8];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float value = i < n ? in[i] : 0.0f;
  for (int offset = 16; offset > 0; offset /= 2) {
    value += __shfl_down_sync(0xffffffff, value, offset);
  }
  if (threadIdx.x % 32 == 0) {
    partial[threadIdx.x / 32] = value;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    float sum = 0.0f;
    for (int w = 0; w < 8; w++) {
      sum += partial[w];
    }
    out[blockIdx.x] = sum;
  }
}
