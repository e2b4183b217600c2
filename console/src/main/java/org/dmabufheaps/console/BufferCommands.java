// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapRegistry;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The commands on buffers of the console's own, which are freed with it. Immediate, since the shell
 * gives a command back after each use, and a delayed component would lose its buffers then.
 */
@Component(
    service = BufferCommands.class,
    immediate = true,
    property = {
      "osgi.command.scope=heap",
      "osgi.command.function=alloc",
      "osgi.command.function=fill",
      "osgi.command.function=dump",
      "osgi.command.function=free"
    })
public final class BufferCommands {
  private static final int WINDOW = 1 << 20;
  private static final int DUMP_LENGTH = 256;

  /** More buffers than these are told of in one line. */
  private static final int MOST_LINES = 10;

  private final OwnBuffers own;

  /**
   * Activates.
   *
   * @param service allocates
   * @param registry has the books
   * @param context of the bundle that owns the buffers
   */
  @Activate
  public BufferCommands(
      @Reference AllocationService service,
      @Reference HeapRegistry registry,
      BundleContext context) {
    own = new OwnBuffers(service, registry, context.getBundle().getBundleId());
  }

  @Deactivate
  void deactivate() {
    own.shut();
  }

  /**
   * Allocates buffers.
   *
   * @param session the shell
   * @param given a heap's name, alias or filter; a size; how many
   * @throws Exception when that can't be done
   */
  @Descriptor("allocates buffers and keeps them")
  public void alloc(
      CommandSession session, @Descriptor("NAME SIZE [COUNT], such as system 4k 2") String... given)
      throws Exception {
    Arguments arguments = Arguments.of("heap:alloc NAME SIZE [COUNT]", 2, 3, given);
    int count = arguments.count() > 2 ? arguments.count(2) : 1;
    CommandFailed.oneLine(() -> alloc(session.getConsole(), arguments, arguments.bytes(1), count));
  }

  private void alloc(PrintStream out, Arguments arguments, long size, int count)
      throws HeapException {
    OwnBuffers.Allocated allocated = own.allocate(arguments.text(0), size, count);
    if (allocated.buffers().size() > MOST_LINES) {
      out.println(summary(allocated.buffers()));
    } else {
      allocated
          .buffers()
          .forEach((id, buffer) -> out.println("buffer " + id + ": " + describe(buffer)));
    }
    if (allocated.failure() != null) {
      throw allocated.failure();
    }
    if (allocated.buffers().isEmpty()) {
      throw new IllegalStateException("the buffers were taken away at once; try again");
    }
  }

  private static String summary(SortedMap<Long, DmaBuf> buffers) {
    return Count.of(buffers.size(), "buffer")
        + ", "
        + buffers.firstKey()
        + " to "
        + buffers.lastKey()
        + ": each "
        + describe(buffers.get(buffers.firstKey()));
  }

  private static String describe(DmaBuf buffer) {
    return new Bytes(buffer.size()) + " of heap " + buffer.heap();
  }

  /**
   * Fills a buffer.
   *
   * @param session the shell
   * @param given the buffer's number, and a byte
   * @throws Exception when that can't be done
   */
  @Descriptor("writes one value to every byte of a buffer")
  public void fill(CommandSession session, @Descriptor("ID BYTE, such as 3 0xff") String... given)
      throws Exception {
    Arguments arguments = Arguments.of("heap:fill ID BYTE", 2, 2, given);
    long id = arguments.id(0);
    byte[] chunk = new byte[64 << 10];
    Arrays.fill(chunk, (byte) arguments.octet(1));
    CommandFailed.oneLine(
        () -> {
          DmaBuf buffer = own.get(id);
          fill(buffer, chunk);
          session
              .getConsole()
              .println(
                  String.format(
                      "buffer %d: %s of 0x%02x", id, new Bytes(buffer.size()), chunk[0] & 0xff));
        });
  }

  private static void fill(DmaBuf buffer, byte[] chunk) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
      for (long at = 0; at < buffer.size(); at += WINDOW) {
        ByteBuffer window = cpu.bytes(at, (int) Math.min(WINDOW, buffer.size() - at));
        while (window.hasRemaining()) {
          window.put(chunk, 0, Math.min(chunk.length, window.remaining()));
        }
      }
    }
  }

  /**
   * Prints a buffer's content.
   *
   * @param session the shell
   * @param given the buffer's number, an offset, a length
   * @throws Exception when that can't be done
   */
  @Descriptor("prints what a buffer holds, in hexadecimal and as text")
  public void dump(
      CommandSession session, @Descriptor("ID [OFFSET [LENGTH]], such as 3 4k 64") String... given)
      throws Exception {
    Arguments arguments = Arguments.of("heap:dump ID [OFFSET [LENGTH]]", 1, 3, given);
    long id = arguments.id(0);
    CommandFailed.oneLine(
        () -> {
          DmaBuf buffer = own.get(id);
          long offset = arguments.count() > 1 ? arguments.bytes(1) : 0;
          long rest = buffer.size() - offset;
          long length = arguments.count() > 2 ? arguments.bytes(2) : Math.min(DUMP_LENGTH, rest);
          if (rest <= 0 || length > rest) {
            throw new IllegalArgumentException(
                "buffer "
                    + id
                    + " has "
                    + buffer.size()
                    + " bytes, none at "
                    + (rest <= 0 ? offset : buffer.size()));
          }
          dump(buffer, offset, length, session.getConsole());
        });
  }

  private static void dump(DmaBuf buffer, long offset, long length, PrintStream out)
      throws HeapException {
    HexDump dump = new HexDump(offset, out::println);
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      for (long at = 0; at < length; at += WINDOW) {
        byte[] bytes = new byte[(int) Math.min(WINDOW, length - at)];
        cpu.bytes(offset + at, bytes.length).get(bytes);
        dump.add(bytes);
      }
    }
    dump.end();
  }

  /**
   * Frees buffers.
   *
   * @param session the shell
   * @param given numbers of buffers, or {@code --all}
   * @throws Exception when one of them is not the console's
   */
  @Descriptor("frees buffers of the console")
  public void free(CommandSession session, @Descriptor("ID... or --all") String... given)
      throws Exception {
    Arguments arguments = Arguments.of("heap:free ID...|--all", 1, Integer.MAX_VALUE, given);
    PrintStream out = session.getConsole();
    if (List.of(given).contains("--all")) {
      int count = own.closeAll();
      out.println(count == 0 ? "The console has no buffer." : "freed " + Count.of(count, "buffer"));
      return;
    }
    for (int i = 0; i < arguments.count(); i++) {
      long id = arguments.id(i);
      CommandFailed.oneLine(() -> own.close(id));
      out.println("freed buffer " + id);
    }
  }
}
