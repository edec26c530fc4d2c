import Core
import FunctionRuntime
import ImageCodecs
import Library
import MediaJobs
import MediaTypes

/// Images of the library on the codecs' thread, within a budget.
struct ImageWork: Sendable {
  let services: LibraryServices
  var renderer = ImageRenderer()
  /// Of all images that are derived together.
  var processor: WorkBudget.ProcessorLimit?
  private var allowance = InvocationAllowance()

  /// - Parameter environment: `ImageCpuTimeLimit` and `ImageMaxBytes`; 0 for no limit.
  init(services: LibraryServices, environment: inout EnvironmentReader) {
    self.services = services
    processor = environment.limit(Self.processorName, default: 120, in: 1...86_400).map {
      WorkBudget.ProcessorLimit(seconds: $0, setting: Self.processorName)
    }
    renderer.limits.outputBytes = environment.limit(
      "ImageMaxBytes", default: renderer.limits.outputBytes ?? 0, in: 1...1_000_000_000_000)
  }

  private static let processorName = "ImageCpuTimeLimit"

  /// The same within what an invocation allows.
  func during(_ context: InvocationContext) -> ImageWork {
    var work = self
    work.allowance = InvocationAllowance(deadline: context.deadline, retire: context.retire)
    return work
  }

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
    return try await run("reading the image") { _ in try renderer.facts(of: bytes) }
  }

  func factsAndTags(of bytes: [UInt8]) async throws -> (ImageFacts, [String: String]) {
    let renderer = renderer
    return try await run("reading the image") { _ in (try renderer.facts(of: bytes), try renderer.tags(of: bytes)) }
  }

  func render(_ outputs: [ImageOutput], of bytes: [UInt8]) async throws -> [[UInt8]] {
    let renderer = renderer
    return try await run("deriving images from the image") { cancellation in
      try renderer.render(outputs, of: bytes, cancellation: cancellation)
    }
  }

  /// - Throws: what `body` throws; `ImageError` (`timedOut`) if the budget is used up.
  private func run<Value: Sendable>(
    _ what: String, _ body: @escaping @Sendable (CancellationFlag) throws -> Value
  ) async throws -> Value {
    do {
      return try await allowance.budget(what, processor: processor).run(name: "image", stackSize: 8 << 20, body)
    } catch let error as MediaError where error.kind == .overBudget {
      throw ImageError(.timedOut, error.message)
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
