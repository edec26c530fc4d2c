import CCurl
import Core
import Synchronization

/// The mailbox of the transport's thread: what other threads ask of it.
///
/// Only the thread itself touches transfers; other threads leave word here and wake it.
final class CurlDriver: Sendable {
  /// What was asked for since the thread last looked.
  struct Mail {
    var submitted: [Transfer] = []
    var cancelled: [Transfer] = []
    var resumed: [Transfer] = []
    var isStopping = false
  }

  private struct State {
    var mail = Mail()
    var thread: DedicatedThread?
    /// The multi handle as long as the thread lives, to wake it by.
    var multi: UnsafeMutableRawPointer?
  }

  private let state = Mutex(State())
  private let configuration: CurlTransport.Configuration

  init(configuration: CurlTransport.Configuration) {
    self.configuration = configuration
  }

  /// Hands a transfer over; its receiver's `end` will be called. Starts the thread with the first one.
  ///
  /// - Throws: `TransportError` (`TransportShutDown`, `OutOfResources`); then `end` will not be called.
  func submit(_ transfer: Transfer) throws(TransportError) {
    let failure = state.withLock { state -> TransportError? in
      if state.mail.isStopping {
        return TransportError(.shutDown, "\(transfer.request.subject): the transport was shut down")
      }
      if state.thread == nil, let failure = start(&state) { return failure }
      state.mail.submitted.append(transfer)
      curl_multi_wakeup(state.multi)
      return nil
    }
    if let failure { throw failure }
  }

  func cancel(_ transfer: Transfer) {
    post { $0.cancelled.append(transfer) }
  }

  /// There is room again for what the transfer holds back.
  func resume(_ transfer: Transfer) {
    post { $0.resumed.append(transfer) }
  }

  /// Ends the thread and waits for its end.
  func stop() {
    let thread = state.withLock { state in
      state.mail.isStopping = true
      if let multi = state.multi { curl_multi_wakeup(multi) }
      return state.thread
    }
    thread?.join()
  }

  // MARK: For the thread

  func takeMail() -> Mail {
    state.withLock { state in
      let mail = state.mail
      state.mail = Mail(isStopping: mail.isStopping)
      return mail
    }
  }

  /// The thread is not woken from here on.
  ///
  /// - Returns: what was asked for until now.
  func close() -> Mail {
    state.withLock { state in
      state.mail.isStopping = true
      state.multi = nil
      let mail = state.mail
      state.mail = Mail(isStopping: true)
      return mail
    }
  }

  private func post(_ change: (inout Mail) -> Void) {
    state.withLock { state in
      guard let multi = state.multi else { return }
      change(&state.mail)
      curl_multi_wakeup(multi)
    }
  }

  private func start(_ state: inout State) -> TransportError? {
    guard let multi = curl_multi_init() else {
      return TransportError(.outOfResources, "libcurl has no memory for its transfers")
    }
    zt_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(1, configuration.maximumIdleConnections))
    let address = UInt(bitPattern: multi)
    do {
      state.thread = try DedicatedThread(name: "http", stackSize: 512 << 10) { [self] in
        CurlLoop(address, limit: configuration.maximumConnectionsPerHost).run(for: self)
      }
    } catch {
      curl_multi_cleanup(multi)
      return TransportError(.outOfResources, error.message)
    }
    state.multi = multi
    return nil
  }
}
