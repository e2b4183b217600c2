// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.RegionSource.Physical;

/**
 * Finds where physical memory is in the file of a device: of {@code mem(4)} at its address, of a
 * UIO device at the number of its map ({@code Documentation/driver-api/uio-howto.rst}), of a
 * u-dma-buf device from its start on.
 */
final class PhysicalDevice {
  private static final Path MEM = Path.of("/dev/mem");

  private PhysicalDevice() {}

  /**
   * Returns where the source's bytes are in the device's file.
   *
   * @param root the directory that has {@code proc} and {@code sys}
   * @throws HeapException {@code EINVAL} for what is not in pages, or not the device's; {@code
   *     EPERM} for memory that the system uses; {@code EIO} when it can't be read which that is;
   *     {@code ENODEV} for another kind of device
   */
  static FileLayout layout(Path root, Physical source, long pageSize) throws HeapException {
    if ((source.address() | source.bytes()) % pageSize != 0) {
      throw refused(source, "address and size are no multiples of " + pageSize, Errno.EINVAL);
    }
    String name = String.valueOf(source.device().getFileName());
    Path uio = root.resolve("sys/class/uio").resolve(name).resolve("maps");
    Path udmabuf = root.resolve("sys/class/u-dma-buf").resolve(name);
    if (source.device().equals(MEM)) {
      return FileLayout.straight(memory(root, source), source.bytes(), pageSize);
    }
    if (Files.isDirectory(udmabuf)) {
      return FileLayout.straight(udmabuf(udmabuf, source), source.bytes(), pageSize);
    }
    if (Files.isDirectory(uio)) {
      return uio(uio, source, pageSize);
    }
    throw refused(source, "neither /dev/mem nor a UIO or u-dma-buf device", Errno.ENODEV);
  }

  private static HeapException refused(Physical source, String reason, Errno errno) {
    return new HeapException(describe(source) + ": " + reason, errno);
  }

  static String describe(Physical source) {
    return "taking "
        + source.bytes()
        + " bytes at 0x"
        + Long.toHexString(source.address())
        + " through "
        + source.device();
  }

  /** The system's own memory is not for taking. Who may not read where that is learns zeros. */
  private static long memory(Path root, Physical source) throws HeapException {
    for (String line : used(root.resolve("proc/iomem"), source).split("\n", -1)) {
      String[] parts = line.strip().split("[-:]", 3);
      if (parts.length == 3 && parts[2].strip().equals("System RAM")) {
        long from = Long.parseUnsignedLong(parts[0].strip(), 16);
        long to = Long.parseUnsignedLong(parts[1].strip(), 16);
        if (to > 0 && source.address() <= to && source.address() + source.bytes() > from) {
          throw refused(source, "the system uses " + line.strip(), Errno.EPERM);
        }
      }
    }
    return source.address();
  }

  private static long udmabuf(Path facts, Physical source) throws HeapException {
    long from = number(facts.resolve("phys_addr"));
    long size = number(facts.resolve("size"));
    if (!isWithin(source, from, size)) {
      throw refused(source, "it has " + range(from, size), Errno.EINVAL);
    }
    return source.address() - from;
  }

  /** An offset names a map of a UIO device, which is mapped from its start on: it is one block. */
  private static FileLayout uio(Path maps, Physical source, long pageSize) throws HeapException {
    StringBuilder known = new StringBuilder();
    for (int map = 0; Files.isDirectory(maps.resolve("map" + map)); map++) {
      long from = number(maps.resolve("map" + map).resolve("addr"));
      long size = number(maps.resolve("map" + map).resolve("size"));
      if (from == source.address() && source.bytes() <= size) {
        return FileLayout.straight(map * pageSize, source.bytes(), source.bytes());
      }
      known.append(" map").append(map).append(' ').append(range(from, size));
    }
    throw refused(source, "no map of it begins there and is as large:" + known, Errno.EINVAL);
  }

  private static boolean isWithin(Physical source, long from, long size) {
    return source.address() >= from && source.address() - from <= size - source.bytes();
  }

  private static String range(long from, long size) {
    return size + " bytes at 0x" + Long.toHexString(from);
  }

  private static long number(Path file) throws HeapException {
    try {
      return Long.decode(Files.readString(file).strip());
    } catch (IOException | NumberFormatException e) {
      throw new HeapException("reading " + file, Errno.ENODEV, e);
    }
  }

  /** Reads what is in use, also in a thread that was interrupted: not to know is no permission. */
  private static String used(Path iomem, Physical source) throws HeapException {
    try {
      return new String(Files.readAllBytes(iomem), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      String what = describe(source) + ": reading " + iomem + ", which lists the system's own";
      throw new HeapException(what, Errno.EIO, e);
    }
  }
}
