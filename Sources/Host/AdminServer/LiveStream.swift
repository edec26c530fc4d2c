import Observability
import HTTPServer
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Core
import ServiceLifecycle

/// The feed as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
///
/// Every message is a JSON array of what happened, at most ten of them a second; `event: reset` means that something was
/// missed and everything has to be looked at again. `Last-Event-ID` goes on where an interrupted connection ended, the query's
/// `after` where a page that has just looked around wants to begin.
struct LiveStream: Sendable {
  let feed: LiveFeed

  private static let heartbeat = Duration.seconds(15)
  private static let pause = Duration.milliseconds(100)
  private static let batch = 512
  static let topics: Set<String> = ["objects", "invocations", "events", "letters"]

  /// - Throws: `HTTPError` for a topic that there is not, and where too many listen.
  func respond(to request: Request) throws -> Response {
    let wanted = request.uri.queryParameters["topics"].map { Set($0.split(separator: ",").map(String.init)) }
    let topics = wanted ?? Self.topics
    guard topics.isSubset(of: Self.topics) else {
      throw HTTPError(.badRequest, message: "topics must be of \(Self.topics.sorted().joined(separator: ", "))")
    }
    guard feed.enter() else {
      throw HTTPError(.serviceUnavailable, message: "too many listeners; close one and try again")
    }
    let listener = Listener(feed: feed)
    let lastID = request.headers[.lastEventID] ?? request.uri.queryParameters["after"].map(String.init)
    let resumed = lastID.flatMap(position)
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
      body: ResponseBody { [feed] writer in
        defer { listener.leave() }
        // A stream has no end of its own, and a server that is to end would wait for it.
        try await withGracefulShutdownHandler {
          try await send(
            topics, from: resumed ?? feed.position, isLost: lastID != nil && resumed == nil, to: &writer)
        } onGracefulShutdown: {
          feed.close()
        }
        try await writer.finish(nil)
      })
  }

  /// Where an earlier connection ended; nil where that was in another run.
  private func position(_ id: String) -> Int? {
    let parts = id.split(separator: "-")
    guard parts.count == 2, parts[0] == feed.epoch, let number = Int(parts[1]) else { return nil }
    return number <= feed.position ? number : nil
  }

  private func send(
    _ topics: Set<String>, from start: Int, isLost: Bool, to writer: inout any ResponseBodyWriter
  ) async throws {
    var (position, isLost) = (start, isLost)
    // The first bytes tell the browser that it is connected.
    try await writer.write(ByteBuffer(string: "retry: 2000\nid: \(feed.epoch)-\(position)\nevent: hello\ndata: {}\n\n"))
    while !Task.isCancelled, !feed.isClosed {
      let batch = feed.items(after: position, limit: Self.batch)
      position = batch.next
      if isLost || batch.hasGap {
        isLost = false
        try await writer.write(ByteBuffer(string: "id: \(feed.epoch)-\(position)\nevent: reset\ndata: {}\n\n"))
      }
      let items = batch.items.filter { topics.contains($0.topic) }
      if !items.isEmpty {
        var message = ByteBuffer(string: "id: \(feed.epoch)-\(position)\ndata: ")
        message.writeBytes(try JSON.encode(items))
        message.writeString("\n\n")
        try await writer.write(message)
        // What comes meanwhile comes together.
        try await Task.sleep(for: Self.pause)
      } else if batch.items.isEmpty {
        await feed.wait(after: position, timeout: Self.heartbeat)
        if feed.position == position { try await writer.write(ByteBuffer(string: ": \n\n")) }
      }
    }
  }
}

/// One of the feed's listeners; leaves once, also where the answer was never sent.
private final class Listener: Sendable {
  private let feed: LiveFeed
  private let hasLeft = Deferred<Bool>()

  init(feed: LiveFeed) {
    self.feed = feed
  }

  func leave() {
    guard hasLeft.value == nil else { return }
    hasLeft.set(true)
    feed.leave()
  }

  deinit { leave() }
}

extension HTTPField.Name {
  static let lastEventID = HTTPField.Name("last-event-id")!
}
