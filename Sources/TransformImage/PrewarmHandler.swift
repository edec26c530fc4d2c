import Core
import FoundationEssentials
import FunctionRuntime
import ImageCodecs
import ImageTransforms
import Library
import Logging
import MediaJobs
import MediaTypes
import ObjectStore

/// Makes images ready before they are asked for: a schedule's event starts a pass, which announces images; each of
/// these events is one image.
struct PrewarmHandler: FunctionHandler {
  let work: ImageWork
  private var store: LibraryStore { work.store }

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let json = try JSON.decode(JSONValue.self, from: event)
    guard json["detail-type"]?.stringValue == LibraryEvent.Kind.imagePrewarmRequested.rawValue else {
      let announced = try await PrewarmPass(services: work.services).run()
      return Array(#"{"announced":\#(announced)}"#.utf8)
    }
    try await warm(LibraryEvent(json: json), context)
    return Array("{}".utf8)
  }

  private func warm(_ request: LibraryEvent, _ context: InvocationContext) async throws {
    let now = work.services.jobs.clock.now().iso8601(milliseconds: true)
    let began = try await store.update(request.file) { record in
      guard record.version == request.version, PrewarmPass.isWanted(record) else { return false }
      record.imageProxyStatus = .processing
      record.imageProxyStartedAt = now
      return true
    }
    guard let began, began.changed else { return }
    do {
      let size = try await makeMissing(began.record, work.during(context))
      try await store.update(request.file, version: request.version) { record in
        record.imageProxyStatus = .ready
        record.imageProxyWarmedVersion = ImageVariants.current.version
        (record.imageProxyAttempts, record.imageProxyError, record.imageProxyStartedAt) = (nil, nil, nil)
        (record.width, record.height) = (size.width, size.height)
      }
    } catch let error as ImageError {
      // The file's own fault: a strike.
      try await store.update(request.file, version: request.version) { record in
        record.imageProxyStatus = .failed
        record.imageProxyError = error.message
        record.imageProxyAttempts = (record.imageProxyAttempts ?? 0) + 1
        record.imageProxyStartedAt = nil
      }
    } catch LibraryStore.OriginalProblem.gone {
      return
    } catch {
      // The store's fault: no strike; the platform tries again, and the next pass if that does not help.
      let reason = (error as? any ClassifiedError)?.message ?? "\(error)"
      _ = try? await store.update(request.file, version: request.version) { record in
        record.imageProxyStatus = .queued
        record.imageProxyError = reason
      }
      throw error
    }
  }

  /// Decodes the source once for all variants that are not there.
  ///
  /// - Returns: the source's size.
  private func makeMissing(_ record: FileRecord, _ work: ImageWork) async throws -> PixelSize {
    let bytes = try await work.original(record)
    let size = try await work.facts(of: bytes).size
    var missing: [TransformParameters] = []
    for variant in ImageVariants.current.variants {
      let parameters = variant.parameters(for: size)
      let key = record.identity.transformsPrefix + parameters.objectName
      if try await store.documents.head(key, in: store.buckets.cache) == nil { missing.append(parameters) }
    }
    guard !missing.isEmpty else { return size }
    let files = try await work.render(missing.map(\.output), of: bytes)
    for (file, parameters) in zip(files, missing) { try await work.publish(file, parameters, of: record) }
    return size
  }
}
