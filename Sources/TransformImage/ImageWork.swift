import Core
import ImageCodecs
import Library
import MediaTypes

/// Images of the library on the codecs' thread.
struct ImageWork: Sendable {
  let services: LibraryServices
  var renderer = ImageRenderer()

  var store: LibraryStore { services.store }

  func original(_ record: FileRecord) async throws -> [UInt8] {
    do {
      return try await store.original(record, limit: renderer.limits.bytes)
    } catch LibraryStore.OriginalProblem.tooLarge(let size) {
      throw ImageError(.tooLarge, "an image must be at most \(renderer.limits.bytes >> 20) MiB, found \(size) bytes")
    }
  }

  func facts(of bytes: [UInt8]) async throws -> ImageFacts {
    let renderer = renderer
    return try await DedicatedThread.run(name: "image", stackSize: 8 << 20) { try renderer.facts(of: bytes) }
  }

  func render(_ outputs: [ImageOutput], of bytes: [UInt8]) async throws -> [[UInt8]] {
    let renderer = renderer
    return try await DedicatedThread.run(name: "image", stackSize: 8 << 20) {
      try renderer.render(outputs, of: bytes)
    }
  }
}

extension ImageError {
  /// What a request for the image is answered.
  var status: Int {
    switch reason {
    case .unsupported: 415
    case .tooLarge: 413
    case .invalid: 422
    case .timedOut: 422
    case .failed: 500
    }
  }
}
