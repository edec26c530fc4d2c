import Core
import HTTPServer
import HTTPTypes
import HummingbirdCore
import LambdaEvents
import NIOCore
import ServiceLifecycle

/// Answers that name a body instead of carrying it. None of them costs an execution environment.
extension Gateway {
  func response(
    _ call: GatewayCall, _ event: HTTPEvent, _ result: HTTPResult, _ reference: HTTPResult.Reference
  ) async throws -> Response {
    guard let store else { throw Refusal.failed(call.match.target) }
    switch reference {
    case .object(let bucket, let key, _):
      return try await object(call, result, store, key: key, bucket: bucket)
    case .follow(let bucket, let prefix, let key, let limits):
      if try await store.exists(key, in: bucket) {
        return try await object(call, result, store, key: key, bucket: bucket)
      }
      let place = Following.Place(bucket: bucket, prefix: prefix, key: key)
      if let function = limits.substitute, room?.isKnownFull(bucket) == true {
        return try await substitute(call, event, function)
      }
      guard let response = try await follow(call, result, store, place, limits) else {
        guard let function = limits.substitute else { throw Refusal.failed(call.match.target) }
        return try await substitute(call, event, function)
      }
      return response
    case .events(let bucket, let key, let records, let states):
      return try await events(
        call, result, store, JobEvents.Place(bucket: bucket, key: key, records: records, states: states))
    case .invoke(let function): return try await substitute(call, event, function)
    }
  }

  // MARK: Objects

  private func object(
    _ call: GatewayCall, _ result: HTTPResult, _ store: any ReferenceStore, key: String, bucket: String,
    from offset: Int64 = 0
  ) async throws -> Response {
    let found = try await store.response(
      to: call.request, context: call.context, key: key, bucket: bucket, from: offset)
    switch found.status.code {
    case 200, 206, 304: break
    case 404: throw Refusal.notFound
    case 412: throw Refusal(status: .preconditionFailed, message: "Precondition Failed")
    case 416:
      var response = Refusal(status: .rangeNotSatisfiable, message: "Range Not Satisfiable").response
      response.headers[.contentRange] = found.headers[.contentRange]
      return response
    default: throw Refusal.unavailable
    }
    return Self.response(found, of: result)
  }

  /// The object's answer with the headers that the function has given it.
  static func response(_ found: Response, of result: HTTPResult) -> Response {
    var response = found
    for field in found.headers where field.name.canonicalName.hasPrefix("x-amz-") { response.headers[field.name] = nil }
    let own = result.fields.filter { !["etag", "accept-ranges", "content-range"].contains($0.name.canonicalName) }
    for field in own { response.headers[field.name] = nil }
    for field in own { response.headers.append(field) }
    return response
  }

  // MARK: Results in the making

  /// - Returns: nil if the substitute is to answer, since the store has no room for the result.
  private func follow(
    _ call: GatewayCall, _ result: HTTPResult, _ store: any ReferenceStore, _ place: Following.Place,
    _ limits: HTTPResult.FollowLimits
  ) async throws -> Response? {
    guard let follows else { throw Refusal.failed(call.match.target) }
    let following = follows.join(place)
    let presence = call.context.presence
    let watch = presence?.whenGone { following.wake() }
    let leave = Release {
      if let watch { presence?.forget(watch) }
      follows.leave(following)
    }
    // Nothing is said before the first byte is there: until then a failure has its own status.
    let start = ContinuousClock.now
    let firstByteTimer = WakeTimer(following, at: limits.firstByte.map { start + .seconds($0) })
    var doubt = limits.substitute.map { _ in WakeTimer(following, at: start + Self.doubtAfter) }
    defer { doubt?.cancel() }
    while following.progress.chunks == 0, following.progress.end == nil, presence?.isGone != true,
      !firstByteTimer.isOver
    {
      if Task.isShuttingDownGracefully { break }
      if doubt?.isOver == true {
        // Without a claim the work waits in a queue, or its maker cannot write one.
        if !following.isClaimed, await isFull(place, call) {
          firstByteTimer.cancel()
          leave()
          return nil
        }
        doubt = WakeTimer(following, at: .now + StoreRoom.memory)
        continue
      }
      await Self.wait(following, beyond: 0)
    }
    firstByteTimer.cancel()
    switch following.progress {
    case (_, .failed(let failure)?) where following.progress.chunks == 0:
      leave()
      if limits.substitute != nil {
        if failure.statusCode == 507 { return nil }
        // A maker that cannot even say that it has failed.
        if failure == .void, await isFull(place, call) { return nil }
      }
      return Self.failure(failure)
    case (0, .complete?):
      leave()
      return try await object(call, result, store, key: place.key, bucket: place.bucket)
    case (0, nil):
      leave()
      guard let seconds = limits.firstByte, firstByteTimer.isOver else { throw Refusal.unavailable }
      return Self.failure(
        Following.Failure(
          statusCode: 504, error: "Gateway Timeout", message: "the result did not begin within \(seconds) s"))
    default: break
    }
    var response = Response(status: .init(code: result.status), headers: result.fields)
    if call.request.method == .head {
      leave()
      return response
    }
    response.body = ResponseBody { writer in
      let end = WakeTimer(following, at: limits.total.map { start + .seconds($0) })
      defer {
        end.cancel()
        leave()
      }
      try await Self.send(following, store, call, until: end, to: &writer)
      try await writer.finish(nil)
    }
    return response
  }

  /// Sends the chunks as they come, then what is left from the complete object.
  private static func send(
    _ following: Following, _ store: any ReferenceStore, _ call: GatewayCall, until end: WakeTimer,
    to writer: inout any ResponseBodyWriter
  ) async throws {
    var (number, offset) = (0, Int64(0))
    while true {
      let progress = following.progress
      if end.isOver { throw GatewayInvocation.BrokenOff() }
      if number < progress.chunks, let chunk = try await following.chunk(number) {
        number += 1
        offset += Int64(chunk.readableBytes)
        try await writer.write(chunk)
        continue
      }
      switch progress.end {
      case .complete:
        let rest = try await store.response(
          to: call.request, context: call.context, key: following.place.key, bucket: following.place.bucket,
          from: offset)
        guard rest.status.code == 200 || rest.status.code == 206 else {
          // Nothing is left.
          if rest.status.code == 416 { return }
          throw GatewayInvocation.BrokenOff()
        }
        return try await rest.body.write(Passing(base: writer))
      case .failed: throw GatewayInvocation.BrokenOff()
      case nil:
        if call.context.presence?.isGone == true || Task.isShuttingDownGracefully {
          throw GatewayInvocation.BrokenOff()
        }
        await wait(following, beyond: number)
      }
    }
  }

  /// A server that is to end waits for its answers.
  private static func wait(_ following: Following, beyond chunks: Int) async {
    await withGracefulShutdownHandler {
      await following.wait(beyond: chunks)
    } onGracefulShutdown: {
      following.wake()
    }
  }

  private func isFull(_ place: Following.Place, _ call: GatewayCall) async -> Bool {
    await room?.isFull(place.bucket, below: place.prefix, context: call.context) ?? false
  }

  /// How long a result may be without a claim before the store is asked whether it takes one.
  private static let doubtAfter = Duration.seconds(1)

  private static func failure(_ failure: Following.Failure) -> Response {
    var json = JSONWriter()
    json.object { json in
      json.name("statusCode")
      json.value(failure.statusCode)
      json.member("error", failure.error)
      json.member("message", failure.message)
    }
    var response = Response(
      status: .init(code: failure.statusCode), headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    response.headers[.retryAfter] = RetryHint.seconds(status: failure.statusCode)
    return response
  }
}

/// Wakes the callers of a result at an instant, for the one of them whose time is up.
private struct WakeTimer: Sendable {
  private let deadline: ContinuousClock.Instant?
  private let task: Task<Void, Never>?

  init(_ following: Following, at deadline: ContinuousClock.Instant?) {
    self.deadline = deadline
    task = deadline.map { deadline in
      Task {
        do {
          try await Task.sleep(until: deadline, clock: .continuous)
          following.wake()
        } catch {
          // Its time was not up.
        }
      }
    }
  }

  var isOver: Bool { deadline.map { $0 <= .now } ?? false }

  func cancel() { task?.cancel() }
}

/// Writes what another body writes, but not its end.
struct Passing: ResponseBodyWriter {
  var base: any ResponseBodyWriter

  mutating func write(_ buffer: ByteBuffer) async throws { try await base.write(buffer) }

  consuming func finish(_ trailers: HTTPFields?) async throws {}
}
