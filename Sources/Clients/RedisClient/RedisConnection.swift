import CHiredis
import Glibc
import Core
import Synchronization

/// One connection, used by one thread at a time; every call blocks. Only `interrupt` may come from elsewhere.
package final class RedisConnection: @unchecked Sendable {
  private let context: UnsafeMutablePointer<redisContext>
  private let address: RedisAddress
  private let timeout: Duration
  /// nil: plain text.
  private let tls: RedisTLS?
  /// Guards the descriptor between `interrupt` and the end of the connection; -1 once it is over.
  private let descriptor: Mutex<Int32>

  /// Connects, and says who is asking.
  ///
  /// - Parameter timeout: for connecting, and for every answer.
  /// - Throws: `RedisError`: unreachable, or refused (the password, say).
  package init(_ address: RedisAddress, timeout: Duration) throws(RedisError) {
    self.address = address
    self.timeout = timeout
    guard let context = redisConnectWithTimeout(address.host, Int32(address.port), timeval(timeout)) else {
      throw .unreachable(address, "out of memory")
    }
    guard context.pointee.err == 0 else {
      defer { redisFree(context) }
      throw .unreachable(address, String(cString: zt_redis_error(context)))
    }
    zt_redis_close_on_exec(context)
    redisEnableKeepAlive(context)
    redisSetTimeout(context, timeval(timeout))
    do throws(RedisTLS.Failure) {
      tls = try address.tls.map { settings throws(RedisTLS.Failure) in
        try RedisTLS(settings, descriptor: context.pointee.fd, host: address.host)
      }
    } catch {
      redisFree(context)
      throw .unreachable(address, error.reason)
    }
    self.context = context
    descriptor = Mutex(context.pointee.fd)
    if let password = address.password {
      try must(address.user.map { RedisCommand("AUTH", $0, password) } ?? RedisCommand("AUTH", password))
    }
    try must(address.database == 0 ? RedisCommand("PING") : RedisCommand("SELECT", String(address.database)))
  }

  deinit {
    descriptor.withLock { $0 = -1 }
    redisFree(context)
  }

  /// Sends one command. What the server refuses is thrown.
  ///
  /// - Parameter wait: how much longer than usual the answer may take (a command that blocks).
  /// - Throws: `RedisError`; after a lost connection this object is of no more use.
  package func call(_ command: RedisCommand, wait: Duration = .zero) throws(RedisError) -> RedisValue {
    if wait > .zero { redisSetTimeout(context, timeval(timeout + wait)) }
    defer { if wait > .zero { redisSetTimeout(context, timeval(timeout)) } }
    let answer = try pipeline([command])[0]
    if case .error(let text) = answer { throw .refused(address, text) }
    return answer
  }

  /// Runs a script.
  ///
  /// - Throws: as `call`.
  package func run(_ script: RedisScript, _ arguments: RedisCommand) throws(RedisError) -> RedisValue {
    let answer = try pipeline([script.command(arguments, withSource: false)])[0]
    guard case .error(let text) = answer else { return answer }
    guard text.hasPrefix("NOSCRIPT") else { throw .refused(address, text) }
    // The server has not seen it yet, or has been started again.
    return try call(script.command(arguments, withSource: true))
  }

  /// Sends commands together. The answers are in the order of the commands, errors among them.
  ///
  /// - Throws: `RedisError` where the connection broke.
  func pipeline(_ commands: [RedisCommand]) throws(RedisError) -> [RedisValue] {
    for command in commands { try append(command) }
    try sendEncrypted()
    var answers: [RedisValue] = []
    for _ in commands {
      let reply = try nextReply()
      defer { freeReplyObject(reply) }
      answers.append(RedisValue(UnsafePointer(reply.assumingMemoryBound(to: redisReply.self))))
    }
    return answers
  }

  /// The caller frees it.
  private func nextReply() throws(RedisError) -> UnsafeMutableRawPointer {
    var reply: UnsafeMutableRawPointer?
    guard let tls else {
      guard redisGetReply(context, &reply) == REDIS_OK, let reply else { throw lost() }
      return reply
    }
    var piece = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      guard redisGetReplyFromReader(context, &reply) == REDIS_OK else { throw lost() }
      if let reply { return reply }
      let count: Int
      switch piece.withUnsafeMutableBytes({ buffer in
        Result { () throws(RedisTLS.Failure) in try tls.read(into: buffer) }
      }) {
      case .success(let read): count = read
      case .failure(let failure): throw .lost(address, failure.reason)
      }
      piece.withUnsafeBytes { bytes in _ = redisReaderFeed(context.pointee.reader, bytes.baseAddress, count) }
    }
  }

  /// Sends what commands have left in the context's buffer; without TLS `redisGetReply` does.
  private func sendEncrypted() throws(RedisError) {
    guard let tls else { return }
    do throws(RedisTLS.Failure) {
      try tls.write(UnsafeRawBufferPointer(start: context.pointee.obuf, count: zt_redis_output_length(context)))
    } catch {
      throw .lost(address, error.reason)
    }
    zt_redis_clear_output(context)
  }

  /// Makes whatever waits for an answer fail at once.
  package func interrupt() {
    descriptor.withLock { if $0 >= 0 { zt_redis_interrupt($0) } }
  }

  private func must(_ command: RedisCommand) throws(RedisError) { _ = try call(command) }

  private func append(_ command: RedisCommand) throws(RedisError) {
    let lengths = command.arguments.map(\.count)
    // One byte more, so that there is an address even where all arguments are empty.
    let joined = command.arguments.flatMap(\.self) + [0]
    let status = joined.withUnsafeBytes { bytes in
      var start = 0
      var pointers: [UnsafePointer<CChar>?] = lengths.map { length in
        defer { start += length }
        return (bytes.baseAddress! + start).assumingMemoryBound(to: CChar.self)
      }
      return redisAppendCommandArgv(context, Int32(lengths.count), &pointers, lengths)
    }
    guard status == REDIS_OK else { throw lost() }
  }

  private func lost() -> RedisError {
    let reason = String(cString: zt_redis_error(context))
    return .lost(address, context.pointee.err == REDIS_ERR_IO && errno == EAGAIN ? "no answer in time" : reason)
  }
}

private func timeval(_ duration: Duration) -> Glibc.timeval {
  let (seconds, attoseconds) = max(duration, .milliseconds(1)).components
  return Glibc.timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
}

/// A write to a connection that the other side has closed is an error to be told, not a signal that ends the process.
/// For threads that use connections; affects the calling thread only.
package func withoutBrokenPipeSignals() {
  var set = sigset_t()
  sigemptyset(&set)
  sigaddset(&set, SIGPIPE)
  pthread_sigmask(SIG_BLOCK, &set, nil)
}
