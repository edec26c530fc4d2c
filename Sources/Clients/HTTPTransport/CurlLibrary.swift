import CCurl

/// libcurl's process-wide state. `curl_global_init` is not for several threads at once before libcurl 7.84, and never
/// undone: other users of libcurl in the process may still be running.
enum CurlLibrary {
  private static let status: CURLcode = curl_global_init(zt_global_default)

  /// Initialises libcurl with the first call.
  ///
  /// - Throws: `TransportError` (`OutOfResources`).
  static func initialise() throws(TransportError) {
    guard status == CURLE_OK else {
      throw TransportError(
        .outOfResources, "libcurl cannot be initialised: \(String(cString: curl_easy_strerror(status)))")
    }
  }
}
