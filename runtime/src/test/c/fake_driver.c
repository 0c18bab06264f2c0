/*
 * A CUDA driver of one device that has no GPU: device memory is host memory, and the only kernels it
 * knows are "copy" (x, y, n: y[0..n) = x[0..n), floats), "fault" (fails when waited for) and "map"
 * (prints the tensor map that is its second parameter). It
 * checks what the real driver checks, so that a wrong binding shows without hardware. Signatures are
 * those of cuda.h; handles are pointers to small records that carry a tag.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_DEVICE = 101,
       INVALID_CONTEXT = 201, INVALID_PTX = 218, INVALID_HANDLE = 400, NOT_FOUND = 500,
       ILLEGAL_ADDRESS = 700 };
enum { MODULE = 'm', FUNCTION = 'f', STREAM = 's', EVENT = 'e' };

typedef struct { int tag; int kernel; int shared; int large; } object;

static int initialised, live, lost;
static int context; /* its address is the context */
static _Thread_local void *current;

static int ready(void) {
  if (lost) return ILLEGAL_ADDRESS;
  return initialised && current == &context ? OK : INVALID_CONTEXT;
}
#define ENTER do { int rc = ready(); if (rc) return rc; } while (0)

static object *make(int tag) {
  object *o = calloc(1, sizeof *o);
  o->tag = tag;
  live++;
  return o;
}
static int is(object *o, int tag) { return o != NULL && o->tag == tag; }
static int drop(object *o, int tag) {
  ENTER;
  if (!is(o, tag)) return INVALID_HANDLE;
  o->tag = 0;
  live--;
  return OK;
}

int cuInit(unsigned flags) {
  const char *fail = getenv("FAKE_CUINIT");
  if (fail) return atoi(fail);
  initialised = 1;
  return flags ? INVALID_VALUE : OK;
}
int cuDeviceGetCount(int *count) {
  const char *n = getenv("FAKE_COUNT");
  *count = n ? atoi(n) : 1;
  return OK;
}
int cuDeviceGet(int *device, int ordinal) {
  *device = 70 + ordinal; /* a handle is not an ordinal */
  return ordinal == 0 ? OK : INVALID_DEVICE;
}
int cuDeviceGetName(char *name, int length, int device) {
  if (device != 70) return INVALID_DEVICE;
  snprintf(name, length, "Fake GPU");
  return OK;
}
int cuDeviceTotalMem_v2(size_t *bytes, int device) {
  *bytes = (size_t)80 << 30;
  return device == 70 ? OK : INVALID_DEVICE;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  if (device != 70) return INVALID_DEVICE;
  switch (attribute) {
    case 16: *value = 132; return OK;    /* MULTIPROCESSOR_COUNT */
    case 75: *value = 9; return OK;      /* COMPUTE_CAPABILITY_MAJOR */
    case 76: *value = 0; return OK;      /* COMPUTE_CAPABILITY_MINOR */
    case 97: *value = 232448; return OK; /* MAX_SHARED_MEMORY_PER_BLOCK_OPTIN */
    default: return INVALID_VALUE;
  }
}
int cuDevicePrimaryCtxRetain(void **ctx, int device) {
  *ctx = &context;
  return device == 70 && initialised ? OK : INVALID_DEVICE;
}
int cuDevicePrimaryCtxRelease_v2(int device) {
  fprintf(stderr, "context released, %d objects live\n", live);
  return device == 70 ? OK : INVALID_DEVICE;
}
int cuCtxSetCurrent(void *ctx) {
  current = ctx;
  return OK;
}

int cuModuleLoadDataEx(object **module, const char *image, unsigned n, int *options, void **values) {
  ENTER;
  if (strlen(image) == 0) return INVALID_VALUE;
  if (strstr(image, "syntax error")) {
    char *log = NULL;
    size_t size = 0;
    for (unsigned i = 0; i < n; i++) {
      if (options[i] == 5) log = values[i];              /* ERROR_LOG_BUFFER */
      if (options[i] == 6) size = (uintptr_t)values[i];  /* ..._SIZE_BYTES */
    }
    if (log) snprintf(log, size, "ptxas fatal: line 1 is wrong, log of %zu bytes", size);
    return INVALID_PTX;
  }
  *module = make(MODULE);
  return OK;
}
int cuModuleUnload(object *module) { return drop(module, MODULE); }
int cuModuleGetFunction(object **function, object *module, const char *name) {
  ENTER;
  if (!is(module, MODULE)) return INVALID_HANDLE;
  if (strcmp(name, "copy") && strcmp(name, "fault") && strcmp(name, "map")) return NOT_FOUND;
  *function = calloc(1, sizeof **function);
  (*function)->tag = FUNCTION;
  (*function)->kernel = name[0];
  return OK;
}
int cuFuncSetAttribute(object *function, int attribute, int value) {
  ENTER;
  if (!is(function, FUNCTION)) return INVALID_HANDLE;
  switch (attribute) {
    case 8: function->shared = value; return OK;  /* MAX_DYNAMIC_SHARED_SIZE_BYTES */
    case 14: function->large = value; return OK;  /* NON_PORTABLE_CLUSTER_SIZE_ALLOWED */
    default: return INVALID_VALUE;
  }
}
int cuLaunchKernel(object *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                   unsigned by, unsigned bz, unsigned shared, object *stream, void **params,
                   void **extra) {
  ENTER;
  if (!is(function, FUNCTION) || !is(stream, STREAM)) return INVALID_HANDLE;
  if (params || !extra || (int)shared > function->shared) return INVALID_VALUE;
  char *buffer = NULL;
  size_t size = 0;
  for (; *extra != NULL; extra += 2) {
    if (*extra == (void *)1) buffer = extra[1];
    if (*extra == (void *)2) size = *(size_t *)extra[1];
  }
  fprintf(stderr, "%c: grid %ux%ux%u, block %ux%ux%u, shared %u, parameters %zu\n",
          function->kernel, gx, gy, gz, bx, by, bz, shared, size);
  if (function->kernel == 'f') {
    lost = 1;
    return OK;
  }
  if (function->kernel == 'm') {
    if (size != 192 || memcmp(buffer + 64, "map of ", 7)) return INVALID_VALUE;
    fprintf(stderr, "%s\n", buffer + 64);
    return OK;
  }
  uint64_t x, y;
  int32_t n;
  if (size != 20) return INVALID_VALUE;
  memcpy(&x, buffer, 8);
  memcpy(&y, buffer + 8, 8);
  memcpy(&n, buffer + 16, 4);
  memcpy((void *)y, (void *)x, sizeof(float) * n);
  return OK;
}

typedef struct { int id; char pad[4]; union { char bytes[64]; struct { unsigned x, y, z; } cluster; } value; } attribute;
typedef struct { unsigned gx, gy, gz, bx, by, bz, shared; object *stream; attribute *attributes;
                 unsigned count; } config;
int cuLaunchKernelEx(const config *c, object *function, void **params, void **extra) {
  ENTER;
  if (!is(function, FUNCTION)) return INVALID_HANDLE;
  for (unsigned i = 0; i < c->count; i++) {
    attribute *a = c->attributes + i;
    if (a->id != 4) return INVALID_VALUE; /* CLUSTER_DIMENSION */
    unsigned x = a->value.cluster.x, y = a->value.cluster.y, z = a->value.cluster.z;
    if (c->gx % x || c->gy % y || c->gz % z || (x * y * z > 8 && !function->large)) return INVALID_VALUE;
    fprintf(stderr, "cluster %ux%ux%u ", x, y, z);
  }
  return cuLaunchKernel(function, c->gx, c->gy, c->gz, c->bx, c->by, c->bz, c->shared, c->stream,
                        params, extra);
}
int cuTensorMapEncodeTiled(char *map, int type, unsigned rank, void *address, const uint64_t *sizes,
                           const uint64_t *strides, const unsigned *box, const unsigned *steps,
                           int interleave, int swizzle, int promotion, int fill) {
  ENTER;
  if ((uintptr_t)map % 64 || (uintptr_t)address % 16 || rank < 1 || rank > 5) return INVALID_VALUE;
  if (swizzle == 3 && box[0] > 128) return INVALID_VALUE;
  char *at = map + sprintf(map, "map of %d:", type);
  for (unsigned i = 0; i < rank; i++) {
    at += sprintf(at, " %lu/%lu/%u/%u", (unsigned long)sizes[i], i ? (unsigned long)strides[i - 1] : 0,
                  box[i], steps[i]);
  }
  sprintf(at, " %d %d %d %d", interleave, swizzle, promotion, fill);
  return OK;
}

int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  ENTER;
  if (bytes > (size_t)1 << 30) return OUT_OF_MEMORY;
  *address = (uint64_t)aligned_alloc(512, (bytes + 511) / 512 * 512);
  live++;
  return OK;
}
int cuMemFree_v2(uint64_t address) {
  ENTER;
  free((void *)address);
  live--;
  return OK;
}
int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, object *stream) {
  ENTER;
  if (!is(stream, STREAM)) return INVALID_HANDLE;
  memcpy((void *)to, from, bytes);
  return OK;
}
int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, object *stream) {
  ENTER;
  if (!is(stream, STREAM)) return INVALID_HANDLE;
  memcpy(to, (void *)from, bytes);
  return OK;
}
int cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, object *stream) {
  ENTER;
  if (!is(stream, STREAM)) return INVALID_HANDLE;
  memset((void *)to, value, bytes);
  return OK;
}

int cuStreamCreate(object **stream, unsigned flags) {
  ENTER;
  if (flags != 1) return INVALID_VALUE; /* NON_BLOCKING */
  *stream = make(STREAM);
  return OK;
}
int cuStreamDestroy_v2(object *stream) { return drop(stream, STREAM); }
int cuStreamSynchronize(object *stream) {
  ENTER;
  return is(stream, STREAM) ? OK : INVALID_HANDLE;
}
int cuStreamWaitEvent(object *stream, object *event, unsigned flags) {
  ENTER;
  return is(stream, STREAM) && is(event, EVENT) && !flags ? OK : INVALID_HANDLE;
}

int cuEventCreate(object **event, unsigned flags) {
  ENTER;
  if (flags) return INVALID_VALUE;
  *event = make(EVENT);
  return OK;
}
int cuEventDestroy_v2(object *event) { return drop(event, EVENT); }
int cuEventRecord(object *event, object *stream) {
  ENTER;
  return is(stream, STREAM) && is(event, EVENT) ? OK : INVALID_HANDLE;
}
int cuEventSynchronize(object *event) {
  ENTER;
  return is(event, EVENT) ? OK : INVALID_HANDLE;
}
int cuEventElapsedTime_v2(float *millis, object *start, object *end) {
  ENTER;
  if (!is(start, EVENT) || !is(end, EVENT)) return INVALID_HANDLE;
  *millis = 1.5f;
  return OK;
}

int cuGetErrorName(int code, const char **text) {
  switch (code) {
    case OUT_OF_MEMORY: *text = "CUDA_ERROR_OUT_OF_MEMORY"; return OK;
    case NO_DEVICE: *text = "CUDA_ERROR_NO_DEVICE"; return OK;
    case INVALID_PTX: *text = "CUDA_ERROR_INVALID_PTX"; return OK;
    case NOT_FOUND: *text = "CUDA_ERROR_NOT_FOUND"; return OK;
    case ILLEGAL_ADDRESS: *text = "CUDA_ERROR_ILLEGAL_ADDRESS"; return OK;
    default: *text = NULL; return INVALID_VALUE;
  }
}
int cuGetErrorString(int code, const char **text) {
  *text = code == OUT_OF_MEMORY ? "out of memory" : "see its name";
  return cuGetErrorName(code, &(const char *){NULL});
}
