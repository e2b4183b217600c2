// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.Map;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * The constants of the kernel's interface that differ by CPU.
 *
 * <p>From {@code arch/CPU/include/uapi/asm/fcntl.h}, {@code mman.h}, {@code ioctl.h}, {@code
 * socket.h} and {@code statfs.h} of Linux, or the file of that name in {@code
 * include/uapi/asm-generic} where a CPU has none. What is not here is the same on all of them.
 *
 * @param directory {@code O_DIRECTORY}
 * @param noFollow {@code O_NOFOLLOW}
 * @param noReserve {@code MAP_NORESERVE}
 * @param peerCred {@code SO_PEERCRED}
 * @param ioctl how an ioctl number is put together
 * @param statfsTypeBytes the size of {@code f_type} in {@code struct statfs}, or of {@code struct
 *     statfs64} where {@code long} has 32 bits
 */
record Abi(
    int directory, int noFollow, int noReserve, int peerCred, Ioctl ioctl, int statfsTypeBytes) {
  /** {@code O_CLOEXEC} and {@code SOCK_CLOEXEC}; other only on alpha, parisc and sparc. */
  static final int O_CLOEXEC = 0x80000;

  /** {@code O_NONBLOCK} and {@code SOCK_NONBLOCK}; other only on alpha, mips, parisc and sparc. */
  static final int O_NONBLOCK = 0x800;

  /** {@code O_PATH}; other only on alpha, parisc and sparc. */
  static final int O_PATH = 0x200000;

  static final int O_RDONLY = 0;
  static final int O_WRONLY = 1;
  static final int O_RDWR = 2;
  static final int O_ACCMODE = 3;

  private static final Abi GENERIC =
      new Abi(0x10000, 0x20000, 0x4000, 17, Ioctl.GENERIC, Long.BYTES);
  private static final Abi ARM = new Abi(0x4000, 0x8000, 0x4000, 17, Ioctl.GENERIC, Long.BYTES);
  private static final Abi POWERPC = new Abi(0x4000, 0x8000, 0x40, 21, Ioctl.POWERPC, Long.BYTES);

  /** By the names that Java gives to CPUs, in {@code os.arch}. */
  private static final Map<String, Abi> BY_CPU =
      Map.ofEntries(
          Map.entry("amd64", GENERIC),
          Map.entry("x86_64", GENERIC),
          Map.entry("i386", GENERIC.statfsType(Integer.BYTES)),
          Map.entry("x86", GENERIC.statfsType(Integer.BYTES)),
          Map.entry("aarch64", ARM),
          Map.entry("arm", ARM.statfsType(Integer.BYTES)),
          Map.entry("riscv64", GENERIC),
          Map.entry("loongarch64", GENERIC),
          Map.entry("s390x", GENERIC.statfsType(Integer.BYTES)),
          Map.entry("ppc64le", POWERPC));

  private Abi statfsType(int bytes) {
    return new Abi(directory, noFollow, noReserve, peerCred, ioctl, bytes);
  }

  /** Returns the constants of a CPU, by its name in {@code os.arch}. */
  static Abi of(String cpu) throws HeapException {
    Abi abi = BY_CPU.get(cpu);
    if (abi == null) {
      throw new HeapException(
          "looking up the kernel's constants for the CPU " + cpu + ", known are " + BY_CPU.keySet(),
          Errno.ENOSYS);
    }
    return abi;
  }
}
