// out[i] = sum over tiles of in, each tile copied asynchronously two tiles ahead of its use.
#include <cuda_pipeline.h>

extern "C" __global__ void cp_async_stages(const float4 *in, float4 *out, int tiles) {
  __shared__ float4 ring[3][128];
  int t = threadIdx.x;
  for (int s = 0; s < 2; s++) {
    if (s < tiles) {
      __pipeline_memcpy_async(&ring[s][t], &in[s * 128 + t], 16);
    }
    __pipeline_commit();
  }
  float4 sum = make_float4(0, 0, 0, 0);
  for (int i = 0; i < tiles; i++) {
    __pipeline_wait_prior(1);
    __syncthreads();
    if (i + 2 < tiles) {
      __pipeline_memcpy_async(&ring[(i + 2) % 3][t], &in[(i + 2) * 128 + t], 16);
    }
    __pipeline_commit();
    float4 v = ring[i % 3][127 - t];
    sum.x += v.x;
    sum.y += v.y;
    sum.z += v.z;
    sum.w += v.w;
  }
  out[t] = sum;
}
