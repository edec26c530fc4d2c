import Audio
import Core
import Logging
import Metrics
package import FunctionRuntime
package import LambdaEvents
import MediaTypes
package import ObjectStore

/// `POST /transcode` and `GET /health`.
package struct TranscodeService: Sendable {
  private let settings: TranscoderSettings
  private let objects: (any ObjectStore)?

  /// - Parameter objects: where uploads are read from that are named by `s3://`.
  package init(settings: TranscoderSettings, objects: (any ObjectStore)?) {
    self.settings = settings
    self.objects = objects
  }

  /// - Throws: what ends the answer after its first byte.
  package func handle(_ event: HTTPEvent, _ response: ResponseWriter, _ context: InvocationContext) async throws {
    if let answer = plainAnswer(event) { return try await response.begin(answer) }
    let began = ContinuousClock.now
    var outcome = "ok"
    let parameters: TranscodeParameters
    do {
      if let refusal = TranscoderAccess.refusal(event, key: settings.key) { throw refusal }
      parameters = try TranscodeParameters(event)
    } catch {
      Counter(label: "transcode_requests_total", dimensions: [("target", ""), ("outcome", "refused")]).increment()
      return try await response.begin((error as? TranscodeProblem ?? TranscodeProblem(500, "\(error)")).answer)
    }
    defer {
      let labels = [
        ("target", parameters.target.rawValue), ("quality", parameters.quality?.rawValue ?? "default"),
        ("outcome", outcome),
      ]
      Counter(label: "transcode_requests_total", dimensions: labels).increment()
      Metrics.Timer(label: "transcode_seconds", dimensions: [("target", parameters.target.rawValue)])
        .recordNanoseconds(Int64((ContinuousClock.now - began) / .nanoseconds(1)))
    }
    do {
      if event.rawPath == "/transcode/batch" {
        try await batch(Upload.all(event, objects: objects), parameters, response, began: began)
      } else {
        try await transcode(Upload(event, objects: objects), parameters, response, began: began)
      }
    } catch {
      outcome = response.hasBegun ? "aborted" : "failed"
      context.logger.warning("transcoding failed", metadata: ["error": "\(error)"])
      if response.hasBegun { throw error }
      let problem = Self.problem(error)
      if problem.status < 500 { outcome = "refused" }
      try await response.begin(problem.answer)
    }
  }

  /// What needs no upload.
  private func plainAnswer(_ event: HTTPEvent) -> HTTPResult? {
    switch (event.method, event.rawPath) {
    case ("GET", "/health"), ("HEAD", "/health"): return try? .json(["status": "ok"])
    case ("POST", "/transcode"), ("POST", "/transcode/batch"):
      return event.isBodyCheck ? BodyCheck.answer(event, settings: settings) : nil
    case (_, "/health"), (_, "/transcode"), (_, "/transcode/batch"):
      var answer = TranscodeProblem(405, "\(event.method) is not for \(event.rawPath)").answer
      answer.headers.append(.init("allow", event.rawPath == "/health" ? "GET, HEAD" : "POST"))
      return answer
    default: return TranscodeProblem(404, "there is no \(event.rawPath)").answer
    }
  }

  private func transcode(
    _ upload: Upload, _ parameters: TranscodeParameters, _ response: ResponseWriter, began: ContinuousClock.Instant
  ) async throws {
    var transcoder = Transcoder(
      target: parameters.target, quality: parameters.quality, scratch: settings.scratch)
    transcoder.streams = parameters.streams
    let worker = transcoder
    let head = HTTPResult(headers: [
      .init("content-type", parameters.target.contentType),
      .init(
        "content-disposition",
        ResultName.disposition(ResultName.name(of: upload.fileName, target: parameters.target))),
      .init("x-content-type-options", "nosniff"),
    ])
    let summary = try await send(head, response, began: began) { sink, cancellation in
      try worker.run(upload.source, to: sink, cancellation: cancellation)
    }
    Counter(label: "transcode_audio_seconds_total").increment(by: Int64(summary.seconds))
  }

  private func batch(
    _ uploads: [Upload], _ parameters: TranscodeParameters, _ response: ResponseWriter, began: ContinuousClock.Instant
  ) async throws {
    var transcoder = Transcoder(
      target: parameters.target, quality: parameters.quality, scratch: settings.scratch)
    transcoder.workers = settings.workers
    let batch = Batch(transcoder: transcoder, uploads: uploads)
    let head = HTTPResult(headers: [
      .init("content-type", "application/zip"), .init("content-disposition", "attachment; filename=\"audio.zip\""),
      .init("x-content-type-options", "nosniff"),
    ])
    let failed = try await send(head, response, began: began) { sink, cancellation in
      try batch.run(to: sink, cancellation: cancellation)
    }
    Counter(label: "transcode_batch_files_total").increment(by: Int64(uploads.count))
    if failed > 0 { Counter(label: "transcode_batch_failures_total").increment(by: Int64(failed)) }
  }

  /// Runs blocking work on a thread of its own and sends what it writes; the head goes before the first bytes.
  private func send<Made: Sendable>(
    _ head: HTTPResult, _ response: ResponseWriter, began: ContinuousClock.Instant,
    _ work: @escaping @Sendable (any AudioSink, CancellationFlag) throws -> Made
  ) async throws -> Made {
    let (sink, cancellation) = (ResponseSink(), CancellationFlag())
    return try await withTaskCancellationHandler {
      async let made = DedicatedThread.run(name: "transcode") {
        do {
          let result = try work(sink, cancellation)
          try sink.finish()
          return result
        } catch {
          sink.abandon()
          throw error
        }
      }
      do {
        for await chunk in sink.chunks {
          if !response.hasBegun {
            try await response.begin(head)
            Metrics.Timer(label: "transcode_first_byte_seconds")
              .recordNanoseconds(Int64((ContinuousClock.now - began) / .nanoseconds(1)))
          }
          try await response.write(chunk)
          sink.took(chunk.count)
        }
      } catch {
        // The thread must not wait for room that never comes.
        sink.close()
        cancellation.cancel()
        throw error
      }
      return try await made
    } onCancel: {
      cancellation.cancel()
      sink.close()
    }
  }

  /// What is no audio at all is the caller's fault; what cannot be decoded on the way is a failure.
  static func problem(_ error: any Error) -> TranscodeProblem {
    switch error {
    case let problem as TranscodeProblem: problem
    case let error as MediaError:
      switch error.kind {
      case .invalidMedia, .noAudioStream, .emptyFile, .invalidRequest, .unsupportedCodec:
        TranscodeProblem(400, error.message)
      default: TranscodeProblem(500, error.message)
      }
    case let error as any ClassifiedError: TranscodeProblem(500, error.message)
    default: TranscodeProblem(500, "\(error)")
    }
  }
}
