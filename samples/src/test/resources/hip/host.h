// What a wave of 64 lanes does, on the CPU: one thread for each lane of a block. It stands in front of a
// kernel's HIP text, which is compiled as C++ with it. Written from AMD's ISA manuals (Instinct MI300 and
// CDNA4 ISA: V_MFMA, DS_BPERMUTE_B32, V_PERM_B32, V_ALIGNBIT_B32, S_BARRIER), and from nothing that
// generates code.
typedef unsigned long size_t;
extern "C" {
void *memset(void *, int, size_t);
void *memcpy(void *, const void *, size_t);
int pthread_create(unsigned long *, const void *, void *(*)(void *), void *);
int pthread_join(unsigned long, void **);
int pthread_barrier_init(void *, const void *, unsigned);
int pthread_barrier_wait(void *);
int pthread_barrier_destroy(void *);
double exp2(double);
double log2(double);
double sqrt(double);

// What the compiler calls where this machine has no such conversion: a bf16 is returned as the low half of a
// float's register.
float __truncsfbf2(float x) {
  unsigned bits = __builtin_bit_cast(unsigned, x);
  return __builtin_bit_cast(float, x != x ? 0x7FC0U : (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16);
}
}

namespace host {
constexpr int WAVE = 64;
constexpr int MOST = 1024;
struct alignas(64) Barrier { char bytes[64]; };
inline thread_local int thread;
inline int block[3];
inline Barrier all;
inline Barrier waves[MOST / WAVE];
// Two places for each lane: a lane that is ahead does not write what another still reads.
struct Words { unsigned words[16]; };
inline Words exchanged[2][MOST];
inline thread_local int turn;

inline int lane() { return thread % WAVE; }
inline int first() { return thread - lane(); }

// All lanes of a wave show their words; the place of lane 0's.
inline const Words *show(const Words &mine) {
  turn ^= 1;
  exchanged[turn][thread] = mine;
  pthread_barrier_wait(&waves[thread / WAVE]);
  return &exchanged[turn][first()];
}

template <class T> Words words(const T &value) {
  Words w = {};
  memcpy(&w, &value, sizeof(T));
  return w;
}

inline int bpermute(int address, int value) {
  const Words *wave = show(words(value));
  return (int)wave[(unsigned)address / 4 % WAVE].words[0];
}

inline int readfirstlane(int value) { return (int)show(words(value))[0].words[0]; }

inline unsigned perm(unsigned s0, unsigned s1, unsigned selector) {
  unsigned long both = (unsigned long)s0 << 32 | s1;
  unsigned result = 0;
  for (int i = 0; i < 4; i++) result |= (unsigned)(both >> 8 * (selector >> 8 * i & 7) & 255) << 8 * i;
  return result;
}

inline unsigned alignbit(unsigned high, unsigned low, unsigned amount) {
  return (unsigned)(((unsigned long)high << 32 | low) >> (amount & 31));
}

// The elements of one lane's fragment as numbers.
struct F16 { using bits = unsigned short; static double value(bits b) { return (double)__builtin_bit_cast(_Float16, b); } };
struct BF16 { using bits = unsigned short; static double value(bits b) { return (double)__builtin_bit_cast(float, (unsigned)b << 16); } };
struct F32 { using bits = unsigned; static double value(bits b) { return (double)__builtin_bit_cast(float, b); } };
struct I8 { using bits = signed char; static double value(bits b) { return b; } };

template <class E> double element(const Words &w, int i) {
  typename E::bits b;
  memcpy(&b, (const char *)&w + i * sizeof(b), sizeof(b));
  return E::value(b);
}

// D = A·B + C of 16×16. A lane holds K / 4 neighbours along k of row (column) lane % 16, those of lane / 16;
// of C it holds rows 4·(lane / 16) + 0..3 of column lane % 16. Products are exact and added in double.
template <class E, int K, class T, class A, class C> C mfma(A a, A b, C c, int, int, int) {
  Words aw[WAVE], bw[WAVE];
  memcpy(aw, show(words(a)), sizeof(aw));
  memcpy(bw, show(words(b)), sizeof(bw));
  C d;
  for (int r = 0; r < 4; r++) {
    int row = 4 * (lane() / 16) + r, column = lane() % 16;
    double sum = c[r];
    for (int k = 0; k < K; k++) {
      int group = k / (K / 4), place = k % (K / 4);
      sum += element<E>(aw[16 * group + row], place) * element<E>(bw[16 * group + column], place);
    }
    d[r] = (T)sum;
  }
  return d;
}

inline unsigned inc(unsigned *counter, unsigned last, int, const char *, bool) {
  unsigned old = __atomic_load_n(counter, 0);
  while (!__atomic_compare_exchange_n(counter, &old, old >= last ? 0 : old + 1, false, 0, 0)) {}
  return old;
}

inline void barrier() { pthread_barrier_wait(&all); }

inline void (*body)();

inline void *lane_of_block(void *number) {
  thread = (int)(long)number;
  turn = 0;
  body();
  return 0;
}

// Runs one block: as many threads as it has lanes, a kernel that takes no parameters.
inline void run(int x, int y, int z, int threads, void (*kernel)()) {
  static unsigned long ids[MOST];
  block[0] = x, block[1] = y, block[2] = z;
  body = kernel;
  pthread_barrier_init(&all, 0, threads);
  for (int w = 0; w < threads / WAVE; w++) pthread_barrier_init(&waves[w], 0, WAVE);
  for (long i = 0; i < threads; i++) pthread_create(&ids[i], 0, lane_of_block, (void *)i);
  for (int i = 0; i < threads; i++) pthread_join(ids[i], 0);
  pthread_barrier_destroy(&all);
  for (int w = 0; w < threads / WAVE; w++) pthread_barrier_destroy(&waves[w]);
}

// The parameters lie in one buffer, each aligned to its size.
inline char *arguments;
template <int... I> struct Numbers {};
template <class T, T... I> struct NumbersOf { using type = Numbers<I...>; };

template <class... P> int place(int index) {
  int sizes[] = {(int)sizeof(P)..., 0}, at = 0;
  for (int i = 0; i < index; i++) at = (at + sizes[i] - 1) / sizes[i] * sizes[i] + sizes[i];
  return (at + sizes[index] - 1) / sizes[index] * sizes[index];
}

template <auto K, class... P, int... I> void with(void (*)(P...), Numbers<I...>) {
  K(*(P *)(arguments + place<P...>(I))...);
}
template <class... P> constexpr int count(void (*)(P...)) { return sizeof...(P); }
template <auto K> void call() {
  with<K>(K, typename __make_integer_seq<NumbersOf, int, count(K)>::type());
}
}

#define __builtin_amdgcn_workitem_id_x() host::thread
#define __builtin_amdgcn_workgroup_id_x() host::block[0]
#define __builtin_amdgcn_workgroup_id_y() host::block[1]
#define __builtin_amdgcn_workgroup_id_z() host::block[2]
#define __builtin_amdgcn_readfirstlane host::readfirstlane
#define __builtin_amdgcn_ds_bpermute host::bpermute
#define __builtin_amdgcn_perm host::perm
#define __builtin_amdgcn_alignbit host::alignbit
#define __builtin_amdgcn_fence(order, scope) ((void)0)
#define __builtin_amdgcn_atomic_inc32 host::inc
#define __builtin_amdgcn_s_barrier host::barrier
#define __builtin_amdgcn_s_sleep(n) ((void)0)
#define __builtin_amdgcn_rsqf(x) (float)(1 / sqrt((double)(x)))
#define __builtin_exp2f(x) (float)exp2((double)(x))
#define __builtin_log2f(x) (float)log2((double)(x))
#define __builtin_amdgcn_mfma_f32_16x16x16f16 host::mfma<host::F16, 16, float>
#define __builtin_amdgcn_mfma_f32_16x16x16bf16_1k host::mfma<host::BF16, 16, float>
#define __builtin_amdgcn_mfma_f32_16x16x32_f16 host::mfma<host::F16, 32, float>
#define __builtin_amdgcn_mfma_f32_16x16x32_bf16 host::mfma<host::BF16, 32, float>
#define __builtin_amdgcn_mfma_f32_16x16x4f32 host::mfma<host::F32, 4, float>
#define __builtin_amdgcn_mfma_i32_16x16x32_i8 host::mfma<host::I8, 32, int>
#define __builtin_amdgcn_mfma_i32_16x16x64_i8 host::mfma<host::I8, 64, int>
#define amdgpu_flat_work_group_size(x, y) unused
#line 1 "kernel.hip"
