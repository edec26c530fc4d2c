import CCurl

/// The one owner of a libcurl easy handle and of what libcurl only borrows: lists and error text.
final class EasyHandle {
  let pointer: UnsafeMutableRawPointer
  private var headers: UnsafeMutablePointer<curl_slist>?
  private var addresses: UnsafeMutablePointer<curl_slist>?
  private let errorText: UnsafeMutablePointer<CChar>
  private var isRefused = false

  /// - Throws: `TransportError` (`OutOfResources`).
  init() throws(TransportError) {
    guard let pointer = curl_easy_init() else {
      throw TransportError(.outOfResources, "libcurl has no memory for another transfer")
    }
    self.pointer = pointer
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    zt_easy_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText)
  }

  deinit {
    curl_easy_cleanup(pointer)
    curl_slist_free_all(headers)
    curl_slist_free_all(addresses)
    errorText.deallocate()
  }

  func set(_ option: CURLoption, _ value: Int) { check(zt_easy_set_long(pointer, option, value)) }

  /// For the options that take a `curl_off_t`.
  func setSize(_ option: CURLoption, _ value: Int) {
    check(zt_easy_set_off_t(pointer, option, curl_off_t(value)))
  }

  /// libcurl keeps a copy.
  func set(_ option: CURLoption, _ value: String) { check(zt_easy_set_string(pointer, option, value)) }

  /// Takes back what libcurl has by default.
  func setNone(_ option: CURLoption) { check(zt_easy_set_string(pointer, option, nil)) }

  func setContext(_ option: CURLoption, _ context: UnsafeMutableRawPointer) {
    check(zt_easy_set_pointer(pointer, option, context))
  }

  func setTransfer(_ option: CURLoption, _ function: @escaping zt_transfer) {
    check(zt_easy_set_transfer(pointer, option, function))
  }

  func setSeek(_ function: @escaping curl_seek_callback) { check(zt_easy_set_seek(pointer, function)) }

  func setPrerequest(_ function: @escaping curl_prereq_callback) { check(zt_easy_set_prerequest(pointer, function)) }

  func setTrailers(_ function: @escaping curl_trailer_callback) { check(zt_easy_set_trailers(pointer, function)) }

  func closeSocketsOnExec() { check(zt_easy_close_sockets_on_exec(pointer)) }

  /// libcurl keeps a copy and sends it together with the request's head.
  func setSmallBody(_ bytes: [UInt8]) {
    setSize(CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
    // An empty array may have no address, and to libcurl none means "ask the read function".
    guard !bytes.isEmpty else { return set(CURLOPT_COPYPOSTFIELDS, "") }
    bytes.withUnsafeBytes { check(zt_easy_set_bytes(pointer, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)) }
  }

  /// - Parameter lines: `Name: value`, `Name;` for an empty value, `Name:` to leave out one that libcurl would add.
  func setHeaders(_ lines: [String]) {
    for line in lines {
      guard let longer = curl_slist_append(headers, line) else {
        isRefused = true
        return
      }
      headers = longer
    }
    check(zt_easy_set_list(pointer, CURLOPT_HTTPHEADER, headers))
  }

  /// Connects to this IP address, at the address's own port, instead of looking the host's name up.
  func connect(to address: String) {
    // "HOST:PORT:ADDRESS:PORT", where what is left out stands for any host and port, and for the same port.
    addresses = curl_slist_append(nil, address.contains(":") ? "::[\(address)]:" : "::\(address):")
    guard addresses != nil else {
      isRefused = true
      return
    }
    check(zt_easy_set_list(pointer, CURLOPT_CONNECT_TO, addresses))
  }

  /// - Throws: `TransportError` where libcurl refused one of the settings.
  func validate(subject: String) throws(TransportError) {
    if isRefused { throw TransportError(.outOfResources, "\(subject): libcurl refused the request's settings") }
  }

  func number(_ info: CURLINFO) -> Int {
    var value = 0
    return zt_easy_get_long(pointer, info, &value) == CURLE_OK ? value : 0
  }

  /// libcurl's own words for the last failure; empty where it has none.
  var failureText: String { String(cString: errorText) }

  private func check(_ status: CURLcode) {
    if status != CURLE_OK { isRefused = true }
  }
}
