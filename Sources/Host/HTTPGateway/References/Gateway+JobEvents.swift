import Core
import FoundationEssentials
import HTTPServer
import HTTPTypes
import HummingbirdCore
import LambdaEvents
import NIOCore
import ServiceLifecycle

extension Gateway {
  func events(
    _ call: GatewayCall, _ result: HTTPResult, _ store: any ReferenceStore, _ place: JobEvents.Place
  ) async throws -> Response {
    guard try await store.exists(place.key, in: place.bucket) else { throw Refusal.notFound }
    var headers = result.fields
    headers[.contentType] = "text/event-stream"
    headers[.cacheControl] = "no-store"
    let (presence, wallClock) = (call.context.presence, self.clock)
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        let watch = store.watch([place.key, place.records], in: place.bucket)
        let documentWatch = store.watch([place.key], in: place.bucket)
        let clock = ContinuousClock()
        var progress = JobProgress(states: place.states?.members ?? [])
        var sent: [UInt8] = []
        try await writer.write(ByteBuffer(bytes: ServerSentEvent.retry))
        while presence?.isGone != true, !Task.isShuttingDownGracefully {
          guard
            let document = try await store.read(place.key, in: place.bucket, limit: JobEvents.longestDocument)
          else {
            try await writer.write(JobEvents.event("failed", Array(#"{"status":"failed","error":"gone"}"#.utf8)))
            break
          }
          progress.setDocument(document.bytes.readableBytesView)
          let phase = progress.phase
          if phase != .underWay {
            let name = phase == .done ? "done" : "failed"
            try await writer.write(JobEvents.event(name, Array(document.bytes.readableBytesView)))
            break
          }
          for (key, etag) in try await store.list(
            place.records, in: place.states?.recordsBucket ?? place.bucket, limit: JobEvents.maximumRecords)
          where key != place.key && !progress.isKnown(key, etag) {
            let bucket = place.states?.recordsBucket ?? place.bucket
            guard let record = try await store.read(key, in: bucket, limit: 64 << 10) else { continue }
            progress.setRecord(key, record.etag, record.bytes.readableBytesView)
          }
          let data = progress.json(now: wallClock.now().timeIntervalSince1970 * 1000)
          if place.states == nil || data != sent {
            try await writer.write(JobEvents.event("progress", data))
            sent = data
          } else {
            // A comment keeps the connection, and shows whether the client is still there.
            try await writer.write(ByteBuffer(string: ":\n\n"))
          }
          // Not more often than once a second, and not less than every two; but the end of the job at once.
          let earliest = clock.now + .seconds(1)
          await watch.wait(atMost: .seconds(2))
          while clock.now < earliest, try await !hasEnded(place, in: store, progress) {
            await documentWatch.wait(atMost: earliest - clock.now)
            try Task.checkCancellation()
          }
        }
        try await writer.finish(nil)
      })
  }

  private func hasEnded(
    _ place: JobEvents.Place, in store: any ReferenceStore, _ progress: JobProgress
  ) async throws -> Bool {
    guard let document = try await store.read(place.key, in: place.bucket, limit: JobEvents.longestDocument) else {
      return true
    }
    var progress = progress
    progress.setDocument(document.bytes.readableBytesView)
    return progress.phase != .underWay
  }
}
