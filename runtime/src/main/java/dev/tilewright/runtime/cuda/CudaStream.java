package dev.tilewright.runtime.cuda;

import static org.bytedeco.cuda.global.cudart.CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
import static org.bytedeco.cuda.global.cudart.CU_LAUNCH_PARAM_BUFFER_POINTER_AS_INT;
import static org.bytedeco.cuda.global.cudart.CU_LAUNCH_PARAM_BUFFER_SIZE_AS_INT;
import static org.bytedeco.cuda.global.cudart.CU_LAUNCH_PARAM_END_AS_INT;
import static org.bytedeco.cuda.global.cudart.CU_STREAM_NON_BLOCKING;
import static org.bytedeco.cuda.global.cudart.cuEventRecord;
import static org.bytedeco.cuda.global.cudart.cuLaunchKernel;
import static org.bytedeco.cuda.global.cudart.cuLaunchKernelEx;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoHAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyHtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuMemsetD8Async;
import static org.bytedeco.cuda.global.cudart.cuStreamCreate;
import static org.bytedeco.cuda.global.cudart.cuStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cuStreamSynchronize;
import static org.bytedeco.cuda.global.cudart.cuStreamWaitEvent;

import dev.tilewright.runtime.spi.ClusterShape;
import dev.tilewright.runtime.spi.EventDriver;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.runtime.spi.LaunchShape;
import dev.tilewright.runtime.spi.LoadedKernel;
import dev.tilewright.runtime.spi.StreamDriver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.bytedeco.cuda.cudart.CUlaunchAttribute;
import org.bytedeco.cuda.cudart.CUlaunchConfig;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** A stream that does not wait for the legacy default stream. */
final class CudaStream extends CudaResource implements StreamDriver {
  private final CUstream_st stream = new CUstream_st();

  CudaStream(CudaDevice device) {
    super(device);
    context().check(cuStreamCreate(stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
  }

  @Override
  public void upload(long to, MemorySegment from) {
    context().enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = from;
      if (!from.isNative()) {
        host = arena.allocate(from.byteSize(), 64).copyFrom(from);
      }
      context()
          .check(
              cuMemcpyHtoDAsync(to, new Cuda.Address(host.address()), host.byteSize(), stream),
              "cuMemcpyHtoDAsync of " + host.byteSize() + " bytes");
      // Pinned memory would still be read after the call has returned.
      synchronizeCurrent();
    }
  }

  @Override
  public void download(MemorySegment to, long from) {
    context().enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = to.isNative() ? to : arena.allocate(to.byteSize(), 64);
      context()
          .check(
              cuMemcpyDtoHAsync(new Cuda.Address(host.address()), from, host.byteSize(), stream),
              "cuMemcpyDtoHAsync of " + host.byteSize() + " bytes");
      synchronizeCurrent();
      if (!to.isNative()) {
        to.copyFrom(host);
      }
    }
  }

  @Override
  public void fill(long to, byte value, long bytes) {
    context().enter();
    context()
        .check(cuMemsetD8Async(to, value, bytes, stream), "cuMemsetD8Async of " + bytes + " bytes");
  }

  @Override
  public LaunchReport launch(LoadedKernel kernel, LaunchShape shape, MemorySegment arguments) {
    context().enter();
    CudaKernel loaded = (CudaKernel) kernel;
    // The driver copies the buffer before the call returns.
    try (var bytes = new SizeTPointer(1).put(arguments.byteSize());
        var extra =
            new LongPointer(
                CU_LAUNCH_PARAM_BUFFER_POINTER_AS_INT,
                arguments.address(),
                CU_LAUNCH_PARAM_BUFFER_SIZE_AS_INT,
                bytes.address(),
                CU_LAUNCH_PARAM_END_AS_INT)) {
      ClusterShape cluster = loaded.image().cluster();
      boolean clustered = !cluster.equals(ClusterShape.SINGLE);
      int result =
          clustered
              ? launchClusters(loaded, shape, cluster, extra)
              : cuLaunchKernel(
                  loaded.function(),
                  shape.x(),
                  shape.y(),
                  shape.z(),
                  loaded.image().threads(),
                  1,
                  1,
                  loaded.image().sharedBytes(),
                  stream,
                  (PointerPointer<?>) null,
                  new PointerPointer<>(extra));
      context()
          .check(
              result,
              (clustered ? "cuLaunchKernelEx" : "cuLaunchKernel")
                  + " of kernel '"
                  + loaded.image().entry()
                  + "' with grid "
                  + shape.x()
                  + "x"
                  + shape.y()
                  + "x"
                  + shape.z()
                  + (clustered ? " in clusters of " + cluster : "")
                  + ", "
                  + loaded.image().threads()
                  + " threads and "
                  + loaded.image().sharedBytes()
                  + " bytes of shared memory");
    }
    return LaunchReport.NONE;
  }

  private int launchClusters(
      CudaKernel kernel, LaunchShape shape, ClusterShape cluster, LongPointer extra) {
    try (var attribute = new CUlaunchAttribute();
        var config = new CUlaunchConfig()) {
      attribute.id(CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION);
      attribute.value().clusterDim_x(cluster.x()).clusterDim_y(cluster.y());
      attribute.value().clusterDim_z(cluster.z());
      config.gridDimX(shape.x()).gridDimY(shape.y()).gridDimZ(shape.z());
      config.blockDimX(kernel.image().threads()).blockDimY(1).blockDimZ(1);
      config.sharedMemBytes(kernel.image().sharedBytes()).hStream(stream);
      config.attrs(attribute).numAttrs(1);
      return cuLaunchKernelEx(
          config, kernel.function(), (PointerPointer<?>) null, new PointerPointer<>(extra));
    }
  }

  @Override
  public void record(EventDriver event) {
    context().enter();
    context().check(cuEventRecord(((CudaEvent) event).event(), stream), "cuEventRecord");
  }

  @Override
  public void await(EventDriver event) {
    context().enter();
    context().check(cuStreamWaitEvent(stream, ((CudaEvent) event).event(), 0), "cuStreamWaitEvent");
  }

  @Override
  public void synchronize() {
    context().enter();
    synchronizeCurrent();
  }

  private void synchronizeCurrent() {
    context().check(cuStreamSynchronize(stream), "cuStreamSynchronize");
  }

  @Override
  void release() {
    context().checkRelease(cuStreamSynchronize(stream), "cuStreamSynchronize");
    context().checkRelease(cuStreamDestroy(stream), "cuStreamDestroy");
  }
}
