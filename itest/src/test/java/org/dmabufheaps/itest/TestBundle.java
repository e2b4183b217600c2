// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;

/**
 * A bundle made by a test, of classes of the test. The bundle defines these classes anew: a test
 * and its bundle have no class in common but those of packages that both import, and talk through
 * services, of JDK types for instance.
 *
 * <pre>{@code
 * Bundle client = TestBundle.named("client").activator(Client.class).install(context);
 * }</pre>
 */
final class TestBundle {
  private final Manifest manifest = new Manifest();
  private final Map<String, byte[]> entries = new LinkedHashMap<>();
  private final String name;

  private TestBundle(String name) {
    this.name = name;
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    header(Constants.BUNDLE_MANIFESTVERSION, "2");
    header(Constants.BUNDLE_SYMBOLICNAME, name);
    version("1.0.0");
    header(
        Constants.IMPORT_PACKAGE,
        "org.dmabufheaps;resolution:=optional,"
            + "org.dmabufheaps.spi;resolution:=optional,"
            + "org.dmabufheaps.linux;resolution:=optional,"
            + "org.osgi.framework");
  }

  /** A bundle of that symbolic name, version 1.0.0, which imports all that we export. */
  static TestBundle named(String symbolicName) {
    return new TestBundle(symbolicName);
  }

  /** A bundle that was built, to be changed. */
  static TestBundle of(Path jar) throws IOException {
    try (JarInputStream in = new JarInputStream(Files.newInputStream(jar))) {
      Attributes main = in.getManifest().getMainAttributes();
      TestBundle bundle = new TestBundle(main.getValue(Constants.BUNDLE_SYMBOLICNAME));
      bundle.manifest.getMainAttributes().putAll(main);
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (!entry.isDirectory()) {
          bundle.entries.put(entry.getName(), in.readAllBytes());
        }
      }
      return bundle;
    }
  }

  /** Sets the version. */
  TestBundle version(String version) {
    return header(Constants.BUNDLE_VERSION, version);
  }

  /** Sets what it imports, instead of what we export and {@code org.osgi.framework}. */
  TestBundle imports(String... packages) {
    return header(Constants.IMPORT_PACKAGE, String.join(",", packages));
  }

  /** Sets any header of the manifest; null takes it out. */
  TestBundle header(String header, String value) {
    if (value == null) {
      manifest.getMainAttributes().remove(new Attributes.Name(header));
    } else {
      manifest.getMainAttributes().putValue(header, value);
    }
    return this;
  }

  /** Adds classes with all that are nested in them. */
  TestBundle classes(Class<?>... classes) {
    for (Class<?> type : classes) {
      add(type, type.getName());
      for (Class<?> nested : type.getDeclaredClasses()) {
        classes(nested);
      }
      addAnonymous(type);
    }
    return this;
  }

  private void addAnonymous(Class<?> type) {
    int number = 1;
    while (add(type, type.getName() + "$" + number)) {
      number++;
    }
  }

  private boolean add(Class<?> loadedBy, String name) {
    String entry = name.replace('.', '/') + ".class";
    try (InputStream in = loadedBy.getClassLoader().getResourceAsStream(entry)) {
      if (in != null) {
        entries.put(entry, in.readAllBytes());
      }
      return in != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds the activator's class and names it in the manifest. */
  TestBundle activator(Class<? extends BundleActivator> activator) {
    return classes(activator).header(Constants.BUNDLE_ACTIVATOR, activator.getName());
  }

  /** Adds a component's description, the XML that Declarative Services reads. */
  TestBundle component(String fileName, String xml) {
    String entry = "OSGI-INF/" + fileName;
    entries.put(entry, xml.getBytes(StandardCharsets.UTF_8));
    String others = manifest.getMainAttributes().getValue("Service-Component");
    return header("Service-Component", others == null ? entry : others + "," + entry);
  }

  /** The bundle as a jar file's content, for {@code Bundle.update} and for {@code deploy/}. */
  InputStream jar() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream out = new JarOutputStream(bytes, manifest)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue());
        out.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  /** Installs it, at a location of its own; {@link ContainerTest} uninstalls it after the test. */
  Bundle install(BundleContext context) throws BundleException {
    return context.installBundle(ContainerTest.TEST_LOCATION + name, jar());
  }

  /** Installs and starts it. */
  Bundle start(BundleContext context) throws BundleException {
    Bundle bundle = install(context);
    bundle.start();
    return bundle;
  }
}
