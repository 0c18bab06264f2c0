// C[m][n] = sum over k of A[m][k] B[n][k], f16 in, f32 out: 128x128x32 tiles, three stages of
// cp.async, XOR-swizzled shared memory, ldmatrix, mma.sync. m, n multiples of 128, k of 32.
#include <cuda_fp16.h>
#include <stdint.h>

constexpr int BM = 128, BN = 128, BK = 32, STAGES = 3, THREADS = 256;
constexpr int TILE = BM * BK * 2, STAGE = 2 * TILE;

// Rows of 64 bytes, two to a line of 128 bytes; the 16-byte chunk is XORed with the line number.
__device__ __forceinline__ uint32_t swizzled(int row, int chunk) {
  int line = row >> 1;
  return line * 128 + ((((row & 1) << 2 | chunk) ^ (line & 7)) << 4);
}

__device__ __forceinline__ void load_tile(uint32_t to, const half* from, int k) {
#pragma unroll
  for (int i = 0; i < BM * 4 / THREADS; i++) {
    int c = threadIdx.x + i * THREADS;
    int row = c >> 2, chunk = c & 3;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to + swizzled(row, chunk)),
                 "l"(from + (size_t)row * k + chunk * 8));
  }
}

extern "C" __global__ void __launch_bounds__(THREADS)
    gemm(const half* __restrict__ a, const half* __restrict__ b, float* __restrict__ c, int n, int k) {
  extern __shared__ __align__(128) unsigned char tiles[];
  uint32_t base = (uint32_t)__cvta_generic_to_shared(tiles);
  const half* ga = a + (size_t)blockIdx.y * BM * k;
  const half* gb = b + (size_t)blockIdx.x * BN * k;
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  int wm = (warp >> 2) * 64, wn = (warp & 3) * 32;
  float acc[4][4][4] = {};
  int steps = k / BK;
#pragma unroll
  for (int s = 0; s < STAGES - 1; s++) {
    if (s < steps) {
      load_tile(base + s * STAGE, ga + s * BK, k);
      load_tile(base + s * STAGE + TILE, gb + s * BK, k);
    }
    asm volatile("cp.async.commit_group;");
  }
  for (int i = 0; i < steps; i++) {
    asm volatile("cp.async.wait_group 1;");
    __syncthreads();
    int next = i + STAGES - 1;
    if (next < steps) {
      uint32_t to = base + next % STAGES * STAGE;
      load_tile(to, ga + next * BK, k);
      load_tile(to + TILE, gb + next * BK, k);
    }
    asm volatile("cp.async.commit_group;");
    uint32_t sa = base + i % STAGES * STAGE, sb = sa + TILE;
#pragma unroll
    for (int kk = 0; kk < 2; kk++) {
      uint32_t fa[4][4], fb[4][2];
#pragma unroll
      for (int m = 0; m < 4; m++) {
        uint32_t at = sa + swizzled(wm + m * 16 + (lane & 15), kk * 2 + (lane >> 4));
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                     : "=r"(fa[m][0]), "=r"(fa[m][1]), "=r"(fa[m][2]), "=r"(fa[m][3])
                     : "r"(at));
      }
#pragma unroll
      for (int p = 0; p < 2; p++) {
        int row = wn + p * 16 + (lane & 7) + ((lane >> 4) << 3);
        uint32_t at = sb + swizzled(row, kk * 2 + ((lane >> 3) & 1));
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                     : "=r"(fb[2 * p][0]), "=r"(fb[2 * p][1]), "=r"(fb[2 * p + 1][0]),
                       "=r"(fb[2 * p + 1][1])
                     : "r"(at));
      }
#pragma unroll
      for (int m = 0; m < 4; m++)
#pragma unroll
        for (int j = 0; j < 4; j++)
          asm volatile(
              "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
              "{%8,%9}, {%0,%1,%2,%3};"
              : "+f"(acc[m][j][0]), "+f"(acc[m][j][1]), "+f"(acc[m][j][2]), "+f"(acc[m][j][3])
              : "r"(fa[m][0]), "r"(fa[m][1]), "r"(fa[m][2]), "r"(fa[m][3]), "r"(fb[j][0]),
                "r"(fb[j][1]));
    }
  }
  int row = blockIdx.y * BM + wm + lane / 4, column = blockIdx.x * BN + wn + lane % 4 * 2;
#pragma unroll
  for (int m = 0; m < 4; m++)
#pragma unroll
    for (int j = 0; j < 4; j++)
#pragma unroll
      for (int h = 0; h < 2; h++) {
        float2 v = make_float2(acc[m][j][2 * h], acc[m][j][2 * h + 1]);
        *(float2*)(c + (size_t)(row + m * 16 + h * 8) * n + column + j * 8) = v;
      }
}
