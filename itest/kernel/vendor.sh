# SPDX-License-Identifier: Apache-2.0
# For on-devices: a vendor's heaps over slices that are real dma-bufs. Sourced by bash.

# Integration tests, in Felix in the kernel. DMABUF_VENDOR_ROUNDS: so many rounds of VendorRoundsIT; 1000 take an hour, which limit=SECONDS grants.
in_felix() { # CLASS...
  local -x DMABUF_KERNEL_HAS
  DMABUF_KERNEL_HAS=$(kernel_has)
  # shellcheck disable=SC2086 # a list
  guest "$java" $JAVA_OPTS -Xmx256m -Dbundles.dir="$top/itest/target/bundles" -Dvendor.dir="$top/vendor" \
    -Dcontainer.home="$top/container/target/dmabuf-heaps" -Dvendor.rounds="${DMABUF_VENDOR_ROUNDS:-5}" -Drecycle.events="${events:-5000}" -Dmodel.operations="${operations:-2000}" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -cp "$(test_class_path itest)" org.junit.runner.JUnitCore "${@/#/org.dmabufheaps.itest.}"
}

# The conformance kit against the vendor's heaps, by the command that vendors use.
vendor_heaps() {
  in_container check "$top"/vendor/heap-{carveout,chunk}/target/*.jar \
    "$top"/vendor/heap-{carveout,chunk}/src/main/cfg/*.cfg | tee "$work/vendor-heaps"
  [ "${PIPESTATUS[0]}" = 0 ] && [ "$(grep -c ' region-memfd  dma-buf .* ok *$' "$work/vendor-heaps")" = 3 ]
}

# Programs of other languages, the kernel's own test among them, served by the broker.
native_clients() {
  local selftest
  selftest=$("$here/get-selftest") && "$top/clients/build" &&
    guest env CLIENTS="$top/clients/target" SELFTEST="$selftest" "$top/clients/test"
}

# The same against a carveout of physical memory, which the kernel was told to leave alone; as patient as a slow guest needs.
physical_carveout() {
  local deploy
  deploy=$(mktemp -d "$work/board.XXXXXX") && cp "$top"/vendor/heap-carveout/target/*.jar "$deploy" || return
  printf '%s\n' dmabuf.heap.name=board source=physical address=0x30000000 bytes=16777216 >"$deploy/com.acme.carveout-board.cfg"
  DMABUF_HEAPS_DEPLOY=$deploy guest "$container" exec "heap:selftest board '' $patience" | tee "$deploy/output"
  [ "${PIPESTATUS[0]}" = 0 ] && grep -q '^board  *region-physical  none .* ok *$' "$deploy/output"
}

# And of a card's memory, through UIO. Where it is, is known in the guest only.
uio_carveout() {
  local deploy
  deploy=$(mktemp -d "$work/card.XXXXXX") && cp "$top"/vendor/heap-carveout/target/*.jar "$deploy" || return
  # shellcheck disable=SC2016 # for the guest
  DMABUF_HEAPS_DEPLOY=$deploy guest bash -c '
    printf "%s\n" dmabuf.heap.name=card source=physical device=/dev/uio0 "address=$DMABUF_UIO_ADDRESS" \
      bytes=4194304 >"$DMABUF_HEAPS_DEPLOY/com.acme.carveout-card.cfg"
    exec "$@"' look "$container" exec "heap:selftest card '' $patience" | tee "$deploy/output"
  [ "${PIPESTATUS[0]}" = 0 ] && grep -q '^card  *region-physical  none .* ok *$' "$deploy/output"
}
