import Core
import EventBus
package import FoundationEssentials
import ImageTransforms
import MediaJobs
import ObjectStore

/// One pass over what is to be made ready. What it costs depends on the markers alone, of which it looks at a bounded
/// number: not on how many images there are, or how many are done.
package struct PrewarmPass: Sendable {
  let services: LibraryServices
  private var store: LibraryStore { services.store }

  package static let filesPerPass = 500
  package static let strikes = 3
  /// Markers that are looked at, of which some may be left over from what is done or under way.
  package static let markersPerPass = 2000
  /// Pages of indexes whose images are marked after a change of the registry, if there is too little to do.
  static let indexPagesPerPass = 50
  /// Work that began longer ago is taken to be lost.
  package static let patience: TimeInterval = 15 * 60
  /// Markers that are looked at side by side.
  private static let atATime = 16

  package init(services: LibraryServices) { self.services = services }

  /// Announces a bounded number of images, the newest first.
  ///
  /// - Returns: how many were announced.
  package func run() async throws -> Int {
    guard services.prewarms else { return 0 }
    var (announced, examined) = (0, 0)
    for _ in 0...Self.indexPagesPerPass {
      var position: String?
      repeat {
        let page = try await store.objects.list(
          bucket: store.buckets.library, prefix: LibraryStore.prewarmMarkers, startAfter: position, delimiter: nil,
          limit: 1000)
        var markers = page.objects[...]
        while !markers.isEmpty {
          let count = min(Self.atATime, Self.filesPerPass - announced, Self.markersPerPass - examined)
          guard count > 0 else { return announced }
          announced += try await announce(markers.prefix(count).map(\.key))
          examined += count
          markers = markers.dropFirst(count)
        }
        position = page.next
      } while position != nil
      guard try await store.markMoreAfterChange() else { break }
    }
    return announced
  }

  /// - Returns: how many of these were announced.
  private func announce(_ markers: [String]) async throws -> Int {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for marker in markers { group.addTask { try await announce(marker) } }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }

  private func announce(_ marker: String) async throws -> Bool {
    guard let file = LibraryStore.markedFile(marker) else { return false }
    let now = services.jobs.clock.now()
    var isDone = false
    let updated = try await store.update(file) { record in
      isDone = !Self.isWanted(record)
      guard !isDone, !Self.isUnderWay(record, now: now) else { return false }
      record.imageProxyStatus = .queued
      record.imageProxyStartedAt = now.iso8601(milliseconds: true)
      return true
    }
    guard let updated, !isDone else {
      try await store.objects.delete(marker, in: store.buckets.library)
      return false
    }
    guard updated.changed else { return false }
    let event = LibraryEvent(.imagePrewarmRequested, updated.record, bucket: store.buckets.library)
    try await services.jobs.publisher.publish([event.entry], idempotencyKey: nil)
    return true
  }

  /// Whether an image has variants to be made, of which something may come.
  package static func isWanted(_ record: FileRecord) -> Bool {
    record.isUploaded && record.kind == .image && record.imageProxyWarmedVersion != ImageVariants.current.version
      && record.imageProxyAttempts ?? 0 < strikes
  }

  static func isUnderWay(_ record: FileRecord, now: Date) -> Bool {
    guard record.imageProxyStatus == .queued || record.imageProxyStatus == .processing,
      let began = record.imageProxyStartedAt.flatMap({ Date(iso8601: $0) })
    else { return false }
    return now.timeIntervalSince(began) < patience
  }
}
