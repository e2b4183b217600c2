// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.Map;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.spi.MemoryBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShowCommandsTest {
  private final Shell shell = new Shell();

  @AfterEach
  void stop() {
    shell.close();
  }

  @Test
  void anEmptyListSaysSo() throws Exception {
    assertEquals(
        "There are no heaps: install and start a heap's bundle.\n", shell.run("heap:list"));
    assertEquals("No buffer is open.\n", shell.run("heap:buffers"));
  }

  @Test
  void heapsAreListedInEightyColumns() throws Exception {
    HeapInfo system = shell.core.heap("system");
    system.backing = "dma-heap";
    system.exports = "dma-buf";
    system.liveBytes = 3 << 20;
    system.liveBuffers = 2;
    system.peakBytes = 1535L << 20;
    HeapInfo reserved = shell.core.heap("reserved");
    reserved.available = false;
    reserved.backing = "";
    reserved.exports = "";
    reserved.contiguous = true;
    reserved.reason = "/dev/dma_heap/reserved: EACCES\n(root:root 0600)";
    String printed = shell.run("heap:list");
    assertEquals(
        """
        NAME      BACKING   EXPORTS  CONTIG     LIVE  BUFFERS     PEAK  STATE
        system    dma-heap  dma-buf  no      3.0 MiB        2  1.5 GiB  ready
        reserved  -         -        yes         0 B        0      0 B  unavailable
        reserved is unavailable: /dev/dma_heap/reserved: EACCES (root:root 0600)
        """,
        printed);
    assertTrue(printed.lines().allMatch(line -> line.length() <= 80));
  }

  @Test
  void aliasesLimitAndPoolHaveColumnsWhereThereAreAny() throws Exception {
    HeapInfo heap = shell.core.heap("system");
    heap.aliases = new String[] {"a,1", "b"};
    heap.limitBytes = 1 << 30;
    heap.pooledBytes = 4096;
    assertEquals(
        """
        NAME    ALIASES  BACKING  EXPORTS  CONTIG  LIVE  BUFFERS  PEAK    LIMIT   POOLED  STATE
        system  a,1 b    memfd    memfd    no       0 B        0   0 B  1.0 GiB  4.0 KiB  ready
        """,
        shell.run("heap:list"));
  }

  @Test
  void buffersAreListedAndSharedMemoryIsCountedOnce() throws Exception {
    shell.core.buffers.add(buffer(7, 3, "com.acme.camera", "frame 1"));
    shell.core.buffers.add(buffer(12, 3, "com.acme.display", ""));
    assertEquals(
        """
        ID  OWNER             HEAP       SIZE  LABEL    AGE  EXPORTED  ACCESSES
         7  com.acme.camera   system  4.0 MiB  frame 1  5 s         1         2
        12  com.acme.display  system  4.0 MiB  -        5 s         1         2
        2 handles to 1 buffer, 4.0 MiB in all
        """,
        shell.run("heap:buffers"));
  }

  private static BufferInfo buffer(long id, long memory, String owner, String label) {
    BufferInfo info = new BufferInfo();
    info.handleId = id;
    info.bufferId = memory;
    info.owner = owner;
    info.heap = "system";
    info.sizeBytes = 4 << 20;
    info.label = label;
    info.ageMillis = 5_000;
    info.exportedFds = 1;
    info.openAccesses = 2;
    return info;
  }

  @Test
  void infoShowsEverythingAndTheReasonInFull() throws Exception {
    HeapInfo heap = shell.core.heap("system");
    heap.aliases = new String[] {"default"};
    heap.reason =
        "dma-heap not taken: /dev/dma_heap/system: no such file (ENOENT); udmabuf not taken";
    heap.liveBytes = 8192;
    heap.liveBuffers = 1;
    heap.peakBytes = 100;
    heap.maxBytes = 64 << 20;
    heap.allocations = 3;
    heap.failures = 1;
    heap.properties = Map.of("service.ranking", 5, "dmabuf.heap.aliases", new String[] {"default"});
    String expected =
        """
        name                 system
        aliases              default
        bundle               org.dmabufheaps.heap-system
        ranking              0
        state                ready
        reason               dma-heap not taken: /dev/dma_heap/system: no such file
                             (ENOENT); udmabuf not taken
        backing              memfd
        exports              memfd
        contiguous           no
        largest buffer       64.0 MiB (67108864)
        quota                none
        live                 8.0 KiB (8192) in 1 buffer
        peak                 100 B
        allocations          3, of which 1 failed
        pooled               0 B
        pending free         0 B
        quarantined          0 B
        dmabuf.heap.aliases  default
        service.ranking      5
        """;
    assertEquals(expected, shell.run("heap:info system"));
    assertEquals(expected, shell.run("heap:info default"));
  }

  @Test
  void infoOnNoHeapSaysWhereToLook() {
    assertEquals(
        "there is no heap x; heap:list shows the heaps that there are", shell.fail("heap:info x"));
    assertEquals("usage: heap:info NAME", shell.fail("heap:info"));
  }

  @Test
  void theBudgetIsShownInWords() throws Exception {
    shell.core.budget.budgetBytes = 2L << 30;
    shell.core.budget.takenBytes = 4096;
    shell.core.budget.availableBytes = 1L << 30;
    shell.core.budget.reserveBytes = 64 << 20;
    shell.show.backend =
        (MemoryBackend)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {MemoryBackend.class},
                (proxy, method, arguments) -> "jna, since so\nit is");
    assertEquals(
        """
        budget of all heaps  2.0 GiB
        taken                4.0 KiB
        the system has left  1.0 GiB
        kept for the system  64.0 MiB
        system calls by      jna, since so it is
        """,
        shell.run("heap:budget"));
    shell.show.backend = null;
    shell.core.budget.budgetBytes = Long.MAX_VALUE;
    shell.core.budget.availableBytes = Long.MAX_VALUE;
    assertEquals(
        """
        budget of all heaps  none
        taken                4.0 KiB
        the system has left  unknown: the bundle linux-memory is not there
        kept for the system  64.0 MiB
        system calls by      -
        """,
        shell.run("heap:budget"));
  }

  @Test
  void whatIsGivenTooMuchIsRefused() {
    assertEquals("usage: heap:list", shell.fail("heap:list all"));
    assertEquals("usage: heap:buffers", shell.fail("heap:buffers 1"));
    assertEquals("usage: heap:budget", shell.fail("heap:budget 1"));
    assertEquals("usage: heap:help [COMMAND]", shell.fail("heap:help a b"));
    assertEquals(
        "this shell has no help on single commands; see heap:help", shell.fail("heap:help lb"));
  }

  @Test
  void helpOnACommandIsTheShells() throws Exception {
    shell.add("felix", new FelixHelp(), "help");
    assertEquals("felix on lb\n", shell.run("heap:help lb"));
  }

  /** Stands for the shell's own help, which returns its text. */
  public static final class FelixHelp {
    public String help(String command) {
      return "felix on " + command + "\n";
    }
  }

  @Test
  void helpNamesEveryCommandInEightyColumns() throws Exception {
    String help = shell.run("heap:help");
    for (String function :
        new String[] {
          "list",
          "info",
          "stat",
          "budget",
          "quota",
          "buffers",
          "leaks",
          "alloc",
          "fill",
          "dump",
          "free",
          "trim",
          "selftest NAME|--all [CHECK [SECONDS]]",
          "check",
          "clients"
        }) {
      assertTrue(help.contains("heap:" + function), function);
    }
    assertTrue(help.lines().allMatch(line -> line.length() <= 80), help);
  }
}
