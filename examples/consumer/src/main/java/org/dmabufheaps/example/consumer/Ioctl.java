// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.consumer;

/**
 * Puts ioctl numbers together, as {@code _IOC} of {@code include/uapi/asm-generic/ioctl.h} does.
 * PowerPC does it otherwise: {@link Device#open} refuses to run there.
 */
public final class Ioctl {
  private static final int WRITE = 1;
  private static final int READ = 2;

  private Ioctl() {}

  /**
   * Composes {@code _IOW(type, number, size)}: the kernel reads the argument.
   *
   * @param type the driver's letter
   * @param number of the request, 0 to 255
   * @param size of the argument, in bytes
   * @return the request
   */
  public static long iow(char type, int number, int size) {
    return ioc(WRITE, type, number, size);
  }

  /**
   * Composes {@code _IOR(type, number, size)}: the kernel fills the argument.
   *
   * @param type the driver's letter
   * @param number of the request, 0 to 255
   * @param size of the argument, in bytes
   * @return the request
   */
  public static long ior(char type, int number, int size) {
    return ioc(READ, type, number, size);
  }

  /**
   * Composes {@code _IOWR(type, number, size)}: the kernel does both.
   *
   * @param type the driver's letter
   * @param number of the request, 0 to 255
   * @param size of the argument, in bytes
   * @return the request
   */
  public static long iowr(char type, int number, int size) {
    return ioc(READ | WRITE, type, number, size);
  }

  private static long ioc(int direction, char type, int number, int size) {
    return (long) direction << 30 | (long) size << 16 | (long) type << 8 | number;
  }
}
