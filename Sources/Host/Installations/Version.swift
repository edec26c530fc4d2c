import Glibc

/// What this program is, and which libraries it has loaded.
package enum Version {
  package static let number = "0.1.0"

  /// `zoetrope 0.1.0 (commit 9c359b4)` and a line for each library.
  package static var text: String {
    let lines = libraries.map { name, version in
      "  \(name)\(String(repeating: " ", count: max(1, 14 - name.count)))\(version)"
    }
    return (["zoetrope \(number) (commit \(Installation.commit ?? "unknown"))"] + lines).joined(separator: "\n")
  }

  /// Asked for by their names in the running program, so that what is said is what is loaded, whatever it was built with.
  static var libraries: [(name: String, version: String)] {
    let libav = ["avformat", "avcodec", "avutil", "swscale", "swresample", "avfilter"].map { name in
      (name: "lib\(name)", version: number(of: "\(name)_version"))
    }
    let others: [(name: String, version: String?)] = [
      ("libcurl", text(of: "curl_version")), ("OpenSSL", openSSL), ("SQLite", text(of: "sqlite3_libversion")),
      ("libarchive", text(of: "archive_version_string")), ("zlib", text(of: "zlibVersion")),
      ("expat", text(of: "XML_ExpatVersion")),
    ]
    return (libav + others).compactMap { name, version in version.map { (name, $0) } }
  }

  private static func symbol(_ name: String) -> UnsafeMutableRawPointer? { dlsym(nil, name) }

  /// libav packs three numbers into one.
  private static func number(of function: String) -> String? {
    guard let address = symbol(function) else { return nil }
    let version = unsafeBitCast(address, to: (@convention(c) () -> UInt32).self)()
    return "\(version >> 16).\(version >> 8 & 0xFF).\(version & 0xFF)"
  }

  private static func text(of function: String) -> String? {
    guard let address = symbol(function) else { return nil }
    return unsafeBitCast(address, to: (@convention(c) () -> UnsafePointer<CChar>?).self)().map { String(cString: $0) }
  }

  private static var openSSL: String? {
    guard let address = symbol("OpenSSL_version") else { return nil }
    return unsafeBitCast(address, to: (@convention(c) (Int32) -> UnsafePointer<CChar>?).self)(0)
      .map { String(cString: $0) }
  }
}
