# SPDX-License-Identifier: Apache-2.0
# For on-devices: a vendor's heaps over slices that are real dma-bufs. Sourced by bash.

# Integration tests, in Felix in the kernel.
in_felix() { # CLASS...
  # shellcheck disable=SC2086 # a list
  guest "$java" $JAVA_OPTS -Xmx256m -Dbundles.dir="$top/itest/target/bundles" -Dvendor.dir="$top/vendor" \
    -Dcontainer.home="$top/container/target/dmabuf-heaps" -Dvendor.rounds=5 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -cp "$(test_class_path itest)" org.junit.runner.JUnitCore "${@/#/org.dmabufheaps.itest.}"
}

# The conformance kit against the vendor's heaps, by the command that vendors use.
vendor_heaps() {
  in_container check "$top"/vendor/heap-{carveout,chunk}/target/*.jar \
    "$top"/vendor/heap-{carveout,chunk}/src/main/cfg/*.cfg | tee "$work/vendor-heaps"
  [ "${PIPESTATUS[0]}" = 0 ] && [ "$(grep -c ' region-memfd  dma-buf .* ok *$' "$work/vendor-heaps")" = 3 ]
}
