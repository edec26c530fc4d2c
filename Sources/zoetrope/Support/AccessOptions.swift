import ArgumentParser
import HTTPServer
import LocalRuntime
import S3Server
import Core

/// Who may reach a runtime by which way.
struct AccessOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Reverse proxy whose Forwarded and X-Forwarded-* fields are taken; may be given several times.",
      valueName: "address[/bits]"))
  var trustedProxy: [String] = []

  @Option(help: ArgumentHelp("Where clients reach the store: upload addresses begin with it.", valueName: "address"))
  var publicStoreURL: String?

  @Option(
    help: ArgumentHelp(
      "Bucket that pages of this origin (default: every site) may read without keys; may be given several times.",
      valueName: "bucket[=origin]"))
  var publicRead: [String] = []

  func validate() throws {
    do {
      _ = try TrustedProxies(trustedProxy)
    } catch {
      throw ValidationError("--trusted-proxy: \(error.message)")
    }
    for read in try publicReads() {
      let parts = read.origin.split(separator: "/", omittingEmptySubsequences: false)
      let isOrigin =
        parts.count == 3 && ["http:", "https:"].contains(parts[0]) && parts[1].isEmpty && !parts[2].isEmpty
      guard !read.bucket.isEmpty, read.origin == "*" || isOrigin else {
        throw ValidationError("--public-read must be BUCKET or BUCKET=ORIGIN, found '\(read.bucket)=\(read.origin)'")
      }
    }
  }

  func apply(to configuration: inout LocalRuntimeConfiguration) throws {
    configuration.trustedProxies = try TrustedProxies(trustedProxy)
    configuration.publicStore = publicStoreURL
    configuration.publicReads = try publicReads()
  }

  private func publicReads() throws -> [S3ServerConfiguration.PublicRead] {
    publicRead.map { text in
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return .init(bucket: String(parts[0]), origin: parts.count == 2 ? String(parts[1]) : "*")
    }
  }
}
