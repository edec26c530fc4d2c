import CCurl
import Glibc

/// The transport's thread: carries all transfers with one multi handle, which it owns.
struct CurlLoop: ~Copyable {
  private let multi: UnsafeMutableRawPointer
  /// By libcurl's handle.
  private var active: [UnsafeMutableRawPointer: Transfer] = [:]
  private var lanes: [String: Lane] = [:]
  private let limit: Int

  /// The transfers to one origin.
  private struct Lane {
    var active = 0
    var waiting: [Transfer] = []
  }

  /// - Parameters:
  ///   - multi: the handle's address.
  ///   - limit: transfers to one origin at a time.
  init(_ multi: UInt, limit: Int) {
    self.multi = UnsafeMutableRawPointer(bitPattern: multi)!
    self.limit = max(1, limit)
  }

  deinit {
    curl_multi_cleanup(multi)
  }

  /// Works until the driver is told to stop; then fails what is under way.
  consuming func run(for driver: CurlDriver) {
    Self.blockSignals()
    var end = TransportError.Kind.shutDown
    while true {
      let mail = driver.takeMail()
      // Cancellations first: one may have overtaken its own submission.
      for transfer in mail.cancelled { cancel(transfer) }
      for transfer in mail.submitted { submit(transfer) }
      for transfer in mail.resumed { resume(transfer) }
      if mail.isStopping { break }

      guard perform() else {
        end = .transferFailed
        break
      }
      expire()
      let wait = active.isEmpty && lanes.isEmpty ? 60_000 : timeToDeadline()
      guard curl_multi_poll(multi, nil, 0, Int32(clamping: wait), nil) == CURLM_OK else {
        end = .transferFailed
        break
      }
    }
    let mail = driver.close()
    for transfer in mail.submitted { submit(transfer) }
    failAll(end)
  }

  // MARK: Mail

  private mutating func submit(_ transfer: Transfer) {
    guard !transfer.isCancelled else { return transfer.finish(transfer.error(.cancelled, "cancelled")) }
    transfer.phase = .waiting
    lanes[transfer.origin, default: Lane()].waiting.append(transfer)
    fill(transfer.origin)
  }

  private mutating func cancel(_ transfer: Transfer) {
    transfer.isCancelled = true
    end(transfer, transfer.error(.cancelled, "cancelled"))
  }

  private mutating func resume(_ transfer: Transfer) {
    guard transfer.phase == .active, let easy = transfer.easy else { return }
    transfer.resume()
    // Hands over what was held back, so all of the callbacks may run in here. A transfer without connection is about
    // to be reported as done.
    let result = curl_easy_pause(easy.pointer, zt_pause_none)
    if result != CURLE_OK, result != CURLE_BAD_FUNCTION_ARGUMENT {
      release(transfer)
      transfer.finish(result)
      fill(transfer.origin)
    }
  }

  // MARK: Transfers

  /// Starts what waits for the origin, as far as the limit allows.
  private mutating func fill(_ origin: String) {
    while var lane = lanes[origin] {
      guard !lane.waiting.isEmpty, lane.active < limit else {
        if lane.waiting.isEmpty, lane.active == 0 { lanes[origin] = nil }
        return
      }
      let transfer = lane.waiting.removeFirst()
      guard let easy = transfer.easy, curl_multi_add_handle(multi, easy.pointer) == CURLM_OK else {
        lanes[origin] = lane
        transfer.finish(transfer.error(.outOfResources, "libcurl took no further transfer"))
        continue
      }
      lane.active += 1
      lanes[origin] = lane
      transfer.phase = .active
      active[easy.pointer] = transfer
    }
  }

  /// Takes an active transfer away from libcurl.
  private mutating func release(_ transfer: Transfer) {
    guard let easy = transfer.easy else { return }
    curl_multi_remove_handle(multi, easy.pointer)
    active[easy.pointer] = nil
    lanes[transfer.origin]?.active -= 1
  }

  /// Ends a transfer in whatever phase it is; one that is finished or not yet known stays as it is.
  private mutating func end(_ transfer: Transfer, _ error: TransportError) {
    switch transfer.phase {
    case .new, .finished: return
    case .waiting: lanes[transfer.origin]?.waiting.removeAll { $0 === transfer }
    case .active: release(transfer)
    }
    transfer.finish(error)
    fill(transfer.origin)
  }

  /// - Returns: `false` where libcurl is beyond help.
  private mutating func perform() -> Bool {
    var running: Int32 = 0
    guard curl_multi_perform(multi, &running) == CURLM_OK else { return false }
    var remaining: Int32 = 0
    while let message = curl_multi_info_read(multi, &remaining) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle, let transfer = active[easy]
      else { continue }
      // Read before the handle is removed: the message goes with it.
      let result = zt_message_result(message)
      release(transfer)
      transfer.finish(result)
      fill(transfer.origin)
    }
    return true
  }

  private mutating func failAll(_ kind: TransportError.Kind) {
    let words = kind == .shutDown ? "the transport was shut down" : "libcurl failed"
    let waiting = lanes.values.flatMap(\.waiting)
    for transfer in active.values {
      if let easy = transfer.easy { curl_multi_remove_handle(multi, easy.pointer) }
      transfer.finish(transfer.error(kind, words))
    }
    for transfer in waiting { transfer.finish(transfer.error(kind, words)) }
    active = [:]
    lanes = [:]
  }

  // MARK: Time

  private mutating func expire() {
    let now = ContinuousClock.now
    for transfer in transfers where transfer.deadline.map({ $0 <= now }) == true {
      end(transfer, transfer.timeoutError(now: now))
    }
  }

  /// Milliseconds until the next transfer may have taken too long.
  private func timeToDeadline() -> Int {
    guard let next = transfers.compactMap(\.deadline).min() else { return 60_000 }
    return min(60_000, ContinuousClock.now.duration(to: next).inMilliseconds)
  }

  private var transfers: [Transfer] { active.values + lanes.values.flatMap(\.waiting) }

  /// Signals are for the program's other threads; in particular, no write to a closed connection may end the process.
  private static func blockSignals() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
  }
}
