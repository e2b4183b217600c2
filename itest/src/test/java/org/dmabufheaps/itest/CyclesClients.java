// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;

/**
 * The clients of the bundles that {@link Cycles} sends round: each heap's, the broker's, a
 * stream's. By reflection, to have no type of the bundles.
 */
final class CyclesClients {
  private static final String HEAPS = "org.dmabufheaps.HeapAllocator";
  private static final String STREAMS = "org.dmabufheaps.unixfd.FrameStreams";
  private static final String SHRINKER = "org.dmabufheaps.spi.Shrinker";
  private static final String CONFIGURATIONS = "org.osgi.service.cm.ConfigurationAdmin";

  private static final String CALL =
      "{\"method\":\"org.dmabufheaps.Allocate\",\"parameters\":{\"heap\":\"system\",\"size\":4096}}";

  private static final String CAPS = "video/x-raw,format=RGBA,width=64,height=64,framerate=30/1";

  private final BundleContext context;
  private final Path broker;
  private final Path stream;

  /** Clients with their sockets in a directory. */
  CyclesClients(BundleContext context, Path directory) {
    this.context = context;
    broker = directory.resolve("broker");
    stream = directory.resolve("stream");
  }

  /** Gives the broker its socket, and each of the vendor's bundles a heap over memfds. */
  void configure() throws Exception {
    configure("getConfiguration", "org.dmabufheaps.broker", Map.of("socket", broker.toString()));
    String factory = "createFactoryConfiguration";
    configure(factory, "com.acme.carveout", region("video"));
    configure(factory, "com.acme.chunk", region("tiles"));
    configure(factory, "com.acme.heap", Map.of("dmabuf.heap.name", "acme"));
  }

  private static Map<String, Object> region(String heap) {
    return Map.of("dmabuf.heap.name", heap, "bytes", 4L << 20, "source", "memfd");
  }

  private void configure(String method, String pid, Map<String, ?> values) throws Exception {
    ServiceReference<?> found = context.getServiceReference(CONFIGURATIONS);
    Class<?> type = found.getBundle().loadClass(CONFIGURATIONS);
    Object made =
        type.getMethod(method, String.class, String.class)
            .invoke(context.getService(found), pid, "?");
    found
        .getBundle()
        .loadClass("org.osgi.service.cm.Configuration")
        .getMethod("update", Dictionary.class)
        .invoke(made, FrameworkUtil.asDictionary(values));
    context.ungetService(found);
  }

  /** Whether all can be used; uses it. */
  boolean use() throws Exception {
    return heap("system") && heap("video") && heap("tiles") && heap("acme") && broker() && stream();
  }

  private boolean heap(String name) throws Exception {
    ServiceReference<?>[] found =
        context.getAllServiceReferences(HEAPS, "(dmabuf.heap.name=" + name + ")");
    Object heap = found == null ? null : context.getService(found[0]);
    if (heap == null) {
      return false;
    }
    Object write = type(found[0], "org.dmabufheaps.Access").getField("WRITE").get(null);
    Object buffer = type(found[0], HEAPS).getMethod("allocate", long.class).invoke(heap, 4096L);
    Class<?> buffers = type(found[0], "org.dmabufheaps.DmaBuf");
    buffers.getMethod("beginCpuAccess", write.getClass()).invoke(buffer, write);
    buffers.getMethod("close").invoke(buffer);
    context.ungetService(found[0]);
    return true;
  }

  private static Class<?> type(ServiceReference<?> of, String name) throws ClassNotFoundException {
    return of.getBundle().loadClass(name);
  }

  /** Another process would; the descriptor that comes is dropped by the kernel. */
  private boolean broker() throws IOException {
    try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.connect(UnixDomainSocketAddress.of(broker));
      socket.write(ByteBuffer.wrap((CALL + '\0').getBytes(UTF_8)));
      ByteBuffer answer = ByteBuffer.allocate(1 << 16);
      while (answer.position() == 0 || answer.get(answer.position() - 1) != 0) {
        if (socket.read(answer) < 0) {
          return false;
        }
      }
      String text = UTF_8.decode(answer.flip()).toString();
      return text.contains("\"id\"");
    }
  }

  private boolean stream() throws Exception {
    ServiceReference<?>[] found = context.getAllServiceReferences(STREAMS, null);
    Object streams = found == null ? null : context.getService(found[0]);
    if (streams == null) {
      return false;
    }
    Object opened =
        type(found[0], STREAMS)
            .getMethod("open", Path.class, String.class)
            .invoke(streams, stream, CAPS);
    ((AutoCloseable) opened).close();
    context.ungetService(found[0]);
    return true;
  }

  /** What the pool and the freelist keep is no leak, and how much that is depends on the pace. */
  boolean idleIsGone() throws Exception {
    long left = 0;
    for (ServiceReference<?> reference : context.getAllServiceReferences(SHRINKER, null)) {
      Class<?> type = type(reference, SHRINKER);
      Object shrinker = context.getService(reference);
      type.getMethod("scan", long.class).invoke(shrinker, Long.MAX_VALUE);
      left += (long) type.getMethod("count").invoke(shrinker);
      context.ungetService(reference);
    }
    return left == 0;
  }
}
