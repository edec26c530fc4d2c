import CCurl

extension EasyHandle {
  /// The largest body that is sent together with the head, in one packet where it fits.
  private static let smallBody = 32 << 10

  /// - Parameter streams: the response is read in pieces by a reader that may be slow.
  func configure(
    _ request: HTTPRequest, streams: Bool, body: ExchangeBody = .none, configuration: CurlTransport.Configuration
  ) {
    set(CURLOPT_URL, request.url)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    // Keys may contain dot segments, which libcurl would otherwise resolve.
    set(CURLOPT_PATH_AS_IS, 1)
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_TCP_NODELAY, 1)
    closeSocketsOnExec()
    // Without it, ending a transfer waits for a name lookup under way, and all other transfers with it.
    set(CURLOPT_QUICK_EXIT, 1)
    // libcurl before 8.1 stops a whole HTTP/2 connection when one of its streams is paused, so a slow reader could
    // wait for its own uploads.
    set(CURLOPT_HTTP_VERSION, Int(streams ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS))
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let folder = configuration.certificateFolder {
      set(CURLOPT_CAPATH, folder)
      // The file that libcurl was built for need not be there.
      setNone(CURLOPT_CAINFO)
    }
    if let file = configuration.certificateAuthorities { set(CURLOPT_CAINFO, file) }
    // The empty string keeps libcurl from reading `http_proxy` and its like.
    set(CURLOPT_PROXY, configuration.proxy ?? "")
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    set(CURLOPT_USERAGENT, configuration.userAgent)
    set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.connectTimeout.inMilliseconds))
    set(CURLOPT_BUFFERSIZE, 128 << 10)
    if let address = request.connectAddress { connect(to: address) }
    setMethod(request, body)
    setHeaders(Self.headerLines(request, body))
  }

  private func setMethod(_ request: HTTPRequest, _ body: ExchangeBody) {
    switch body {
    case .none: break
    case .sized(let count): return setStreamedBody(request.method, count: Int(count))
    case .chunked: return setStreamedBody(request.method, count: -1)
    }
    switch request.method {
    case "HEAD" where request.body.isEmpty:
      set(CURLOPT_NOBODY, 1)
      return
    case "GET" where request.body.isEmpty:
      set(CURLOPT_HTTPGET, 1)
      return
    // A method that usually has a body announces that there is none.
    case let method where !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(method):
      set(CURLOPT_POST, 1)
      if request.body.count <= Self.smallBody {
        setSmallBody(request.body)
      } else {
        setSize(CURLOPT_POSTFIELDSIZE_LARGE, request.body.count)
        set(CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
      }
    default:
      set(CURLOPT_HTTPGET, 1)
    }
    set(CURLOPT_CUSTOMREQUEST, request.method)
  }

  /// The body comes from the read function; a size of -1 is unknown.
  private func setStreamedBody(_ method: String, count: Int) {
    set(CURLOPT_POST, 1)
    setSize(CURLOPT_POSTFIELDSIZE_LARGE, count)
    set(CURLOPT_CUSTOMREQUEST, method)
  }

  private static func headerLines(_ request: HTTPRequest, _ body: ExchangeBody) -> [String] {
    var lines = request.headers.pairs.map { name, value in value.isEmpty ? "\(name);" : "\(name): \(value)" }
    // Otherwise larger bodies would wait up to a second for a `100 Continue` that many servers never send.
    if request.headers["expect"] == nil { lines.append("Expect:") }
    if case .chunked = body { lines.append("Transfer-Encoding: chunked") }
    if request.headers["content-type"] == nil { lines.append("Content-Type:") }
    return lines
  }

  /// Lets libcurl call `transfer`, which must outlive the handle.
  func connect(to transfer: Transfer) {
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    setTransfer(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let transfer = Transfer.of(context) else { return 0 }
      return transfer.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
    setContext(CURLOPT_HEADERDATA, context)
    setTransfer(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let transfer = Transfer.of(context) else { return 0 }
      return transfer.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    setContext(CURLOPT_WRITEDATA, context)
    setTransfer(CURLOPT_READFUNCTION) { bytes, size, count, context in
      guard let transfer = Transfer.of(context) else { return zt_read_abort }
      return transfer.fill(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    }
    setContext(CURLOPT_READDATA, context)
    setSeek { context, offset, origin in
      guard let transfer = Transfer.of(context), origin == 0 /* SEEK_SET */, transfer.rewind(to: Int(offset)) else {
        return CURL_SEEKFUNC_FAIL
      }
      return CURL_SEEKFUNC_OK
    }
    setContext(CURLOPT_SEEKDATA, context)
    setTrailers { list, context in
      for (name, value) in Transfer.of(context)?.source?.trailers ?? [] {
        guard let longer = curl_slist_append(list?.pointee, "\(name): \(value)") else { return CURL_TRAILERFUNC_ABORT }
        list?.pointee = longer
      }
      return CURL_TRAILERFUNC_OK
    }
    setContext(CURLOPT_TRAILERDATA, context)
    setPrerequest { context, _, _, _, _ in
      Transfer.of(context)?.willSend() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
    setContext(CURLOPT_PREREQDATA, context)
  }
}

extension Transfer {
  fileprivate static func of(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }
}
