// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A vendor's bundle: says when it starts and stops. */
public final class Hello implements BundleActivator {
  static final String STARTED = "hello has started";
  static final String STOPPED = "hello has stopped";

  @Override
  public void start(BundleContext context) {
    System.out.println(STARTED);
  }

  @Override
  public void stop(BundleContext context) {
    System.out.println(STOPPED);
  }

  /** Puts the bundle into a directory. */
  static Path drop(Path deploy) throws IOException {
    return BundleFile.drop(deploy, "hello", Hello.class, "org.osgi.framework");
  }
}
