// Packed half arithmetic and conversions.
#include <cuda_fp16.h>
#include <cuda_bf16.h>

extern "C" __global__ void half_math(const half2 *a, const half2 *b, half2 *sum, half2 *product,
                                     float *dot, __nv_bfloat16 *rounded, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) {
    return;
  }
  sum[i] = __hadd2(a[i], b[i]);
  product[i] = __hfma2(a[i], b[i], __float2half2_rn(0.5f));
  float2 x = __half22float2(a[i]);
  float2 y = __half22float2(b[i]);
  dot[i] = x.x * y.x + x.y * y.y;
  rounded[i] = __float2bfloat16_rn(dot[i]);
}
