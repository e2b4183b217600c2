// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.HeapException;

/**
 * A file that is written without the page cache ({@code O_DIRECT}): a loop device where there is
 * one, else a file beside the test's classes. A file system in memory would copy.
 */
final class DirectFile implements AutoCloseable {
  private static final int SIZE = 1 << 20;

  private final Fd fd;
  private final List<String> undo;

  private DirectFile(Fd fd, List<String> undo) {
    this.fd = fd;
    this.undo = undo;
  }

  /** Opens one, or skips the test. */
  static DirectFile open(Kernel kernel, Path directory) throws Exception {
    List<String> refusals = new ArrayList<>();
    Path backing = directory.resolve("direct");
    Files.write(backing, new byte[SIZE]);
    try {
      String loop = run("losetup", "--find", "--show", backing.toString());
      return new DirectFile(open(kernel, loop), List.of("losetup", "--detach", loop));
    } catch (IOException e) {
      refusals.add(e.getMessage());
    }
    Path beside =
        Path.of(DirectFile.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolveSibling("direct-" + ProcessHandle.current().pid());
    try {
      Files.write(beside, new byte[SIZE]);
      return new DirectFile(open(kernel, beside.toString()), List.of("rm", beside.toString()));
    } catch (IOException e) {
      refusals.add(e.getMessage());
      Files.deleteIfExists(beside);
    }
    KernelHas.need("O_DIRECT", String.join("; ", refusals));
    throw new AssertionError("not reached");
  }

  private static Fd open(Kernel kernel, String path) throws HeapException {
    int direct =
        switch (System.getProperty("os.arch")) {
          case "aarch64", "arm" -> 0x10000;
          case "ppc64le" -> 0x20000;
          default -> 0x4000;
        };
    int flags = Abi.O_RDWR | Abi.O_CLOEXEC | direct;
    return Fd.of(kernel, kernel.sys().open(Call.string(path), flags), "opening " + path);
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
    return output;
  }

  /** Writes memory at the file's start; returns how much, or the negative error number. */
  long pwrite(long address, long length) {
    return fd.call(n -> Libc.callLong("pwrite", n, address, length, 0L));
  }

  @Override
  public void close() throws IOException {
    fd.close();
    try {
      assertEquals("", run(undo.toArray(String[]::new)));
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
