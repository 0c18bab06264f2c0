package dev.tilewright.runtime.cuda;

import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
import static org.bytedeco.cuda.global.cudart.cuDeviceGet;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetAttribute;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetCount;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetName;
import static org.bytedeco.cuda.global.cudart.cuDeviceTotalMem;
import static org.bytedeco.cuda.global.cudart.cuInit;
import static org.bytedeco.cuda.global.cudart.cuMemAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemFree;

import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.EventDriver;
import dev.tilewright.runtime.spi.LoadedKernel;
import dev.tilewright.runtime.spi.StreamDriver;
import dev.tilewright.runtime.spi.TiledTensorMap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.SizeTPointer;

/** One CUDA device, used through its primary context. */
final class CudaDevice implements DeviceDriver {
  private final DeviceDescription description;
  private final int capability;
  private final CudaContext context;
  private final Set<Long> allocations = ConcurrentHashMap.newKeySet();
  private final Set<CudaResource> resources = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  private CudaDevice(DeviceDescription description, int capability, CudaContext context) {
    this.description = description;
    this.capability = capability;
    this.context = context;
  }

  static CudaDevice open(int ordinal) {
    int count = count();
    if (ordinal < 0 || ordinal >= count) {
      throw new DeviceException(
          "TW-R001: no device 'cuda:" + ordinal + "': there are cuda:0 to cuda:" + (count - 1));
    }
    int handle = handle(ordinal);
    return new CudaDevice(describe(ordinal), capability(handle), new CudaContext(handle));
  }

  static List<DeviceDescription> describeAll() {
    List<DeviceDescription> devices = new ArrayList<>();
    for (int ordinal = 0; ordinal < count(); ordinal++) {
      devices.add(describe(ordinal));
    }
    return devices;
  }

  private static int count() {
    int[] count = new int[1];
    Cuda.check(cuInit(0), "cuInit");
    Cuda.check(cuDeviceGetCount(count), "cuDeviceGetCount");
    return count[0];
  }

  private static int handle(int ordinal) {
    int[] handle = new int[1];
    Cuda.check(cuDeviceGet(handle, ordinal), "cuDeviceGet of device " + ordinal);
    return handle[0];
  }

  private static DeviceDescription describe(int ordinal) {
    int handle = handle(ordinal);
    byte[] name = new byte[256];
    Cuda.check(cuDeviceGetName(name, name.length, handle), "cuDeviceGetName");
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    long memory;
    try (var bytes = new SizeTPointer(1)) {
      Cuda.check(cuDeviceTotalMem(bytes, handle), "cuDeviceTotalMem");
      memory = bytes.get();
    }
    return new DeviceDescription(
        "cuda:" + ordinal,
        new String(name, 0, length, StandardCharsets.UTF_8),
        CudaTargets.of(capability(handle)),
        attribute(handle, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        memory,
        attribute(handle, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
  }

  private static int capability(int handle) {
    return 10 * attribute(handle, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
        + attribute(handle, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  }

  private static int attribute(int handle, int attribute) {
    int[] value = new int[1];
    Cuda.check(cuDeviceGetAttribute(value, attribute, handle), "cuDeviceGetAttribute " + attribute);
    return value[0];
  }

  CudaContext context() {
    return context;
  }

  private <R extends CudaResource> R own(R resource) {
    resources.add(resource);
    return resource;
  }

  void disown(CudaResource resource) {
    resources.remove(resource);
  }

  @Override
  public DeviceDescription description() {
    return description;
  }

  @Override
  public long allocate(long bytes) {
    context.enter();
    long[] address = new long[1];
    context.check(cuMemAlloc(address, bytes), "cuMemAlloc of " + bytes + " bytes");
    allocations.add(address[0]);
    return address[0];
  }

  @Override
  public void free(long address) {
    context.enter();
    if (allocations.remove(address)) {
      context.checkRelease(cuMemFree(address), "cuMemFree");
    }
  }

  @Override
  public LoadedKernel load(KernelImage image) {
    if (!CudaTargets.loads(capability, image.format(), image.target())) {
      throw new DeviceException(
          "TW-R040: kernel '"
              + image.entry()
              + "': "
              + image.format()
              + " for "
              + image.target()
              + " does not run on "
              + description.name()
              + " of compute capability "
              + capability / 10.0
              + "; ship PTX, or compile for "
              + description.targets().getFirst());
    }
    context.enter();
    return own(new CudaKernel(this, image));
  }

  @Override
  public byte[] encode(TiledTensorMap map) {
    context.enter();
    return CudaTensorMap.encode(context, map);
  }

  @Override
  public StreamDriver openStream() {
    context.enter();
    return own(new CudaStream(this));
  }

  @Override
  public EventDriver openEvent() {
    context.enter();
    return own(new CudaEvent(this));
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      resources.forEach(CudaResource::close);
      allocations.forEach(this::free);
      context.release();
    }
  }
}
