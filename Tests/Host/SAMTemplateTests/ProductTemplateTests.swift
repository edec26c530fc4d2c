import Core
import SAMTemplate
import Testing

@Suite("The project's own template")
struct ProductTemplateTests {
  private static let path =
    "\(#filePath.prefix(#filePath.count - "Tests/Host/SAMTemplateTests/ProductTemplateTests.swift".count))template.yaml"

  @Test("it loads, with what the pipeline needs")
  func loads() throws {
    let template = try Template.load(path: Self.path)
    #expect(template.functions.map(\.handler).contains("Snippets"))
    let snippets = try #require(template.functions.first { $0.handler == "Snippets" })
    #expect(snippets.environment["SnippetSize"] == "30")
    #expect(snippets.environment["SourceBucketName"] == template.parameters["SourceBucketName"])
    let trigger = try #require(snippets.s3Triggers.first)
    #expect(trigger.events == ["s3:ObjectCreated:*"])
    #expect(trigger.bucketName == template.parameters["SourceBucketName"])
    #expect(template.buckets.map(\.bucketName).contains(trigger.bucketName))
    let clip = try #require(template.functions.first { $0.handler == "ProcessClip" })
    #expect(clip.rules.first?.pattern["detail-type"] == .array([.string("newVideoCreated")]))
    #expect(clip.rules.first?.name == "ProcessClipFunctionTrigger")
    #expect(clip.deadLetterQueue.map { id in template.queues.contains { $0.logicalID == id } } == true)
    #expect(template.notes.contains { $0.path.hasSuffix("Properties.Policies") })
    let storyboard = try #require(template.functions.first { $0.handler == "Storyboard" })
    #expect(storyboard.rules.first?.pattern["detail-type"] == .array([.string("videoProcessed")]))
    #expect(storyboard.environment["StoryboardTileWidth"] == "320")
  }

  @Test("the library has a queue of its own for each kind of work, with the weights of its importance")
  func library() throws {
    let template = try Template.load(path: Self.path)
    let weights = Dictionary(template.functions.map { ($0.handler, $0.weight) }) { first, _ in first }
    #expect(weights["TransformImage.TransformImage"] == 100)
    #expect(weights["MediaAPI.Ingest"] == 100)
    #expect(weights["TransformImage.ReadMetadata"] == 70)
    #expect(weights["MediaAPI.HashFile"] == 60)
    #expect(weights["TransformImage.PrewarmImages"] == 1)
    #expect(weights["TranscodeAudio.ExtractWaveform"] == 40)
    #expect(weights["TranscodeAudio.TranscodeAudio"] == 45)
    #expect(weights["TranscodeAudio.TranscodeJob"] == 45)
    let ingest = try #require(template.functions.first { $0.handler == "MediaAPI.Ingest" })
    #expect(ingest.s3Triggers.first?.prefix == "original/")
  }

  @Test("conversions have as many places as the parameter says, and can be switched off")
  func conversion() throws {
    let template = try Template.load(path: Self.path, parameters: ["ConversionJobConcurrency": "3"])
    let maker = try #require(template.functions.first { $0.handler == "ConvertVideo" })
    #expect(maker.weight == 90)
    #expect(maker.environment["SOURCE_HOSTNAME_WHITELIST"] == "resources.tidal.com,mvod.itunes.apple.com")
    let token = try #require(template.functions.first { $0.handler == "MediaAPI.ConversionToken" })
    #expect(token.environment["TOKEN_TTL"] == "3600000" && token.environment["TOKEN_AUTH_PASSWORD"] == "")
    let without = try Template.load(path: Self.path, parameters: ["Conversion": "false"])
    #expect(!without.functions.contains { $0.handler == "ConvertVideo" || $0.handler == "MediaAPI.Convert" })
  }

  @Test("without storyboards there is no function that makes them")
  func withoutStoryboards() throws {
    let template = try Template.load(path: Self.path, parameters: ["Storyboard": "false"])
    let handlers = template.functions.map(\.handler)
    #expect(!handlers.contains("Storyboard"))
    #expect(handlers.starts(with: ["Snippets", "ProcessClip", "RecordFailure"]))
  }

  @Test("its parameters can be given, within their limits")
  func parameters() throws {
    let template = try Template.load(path: Self.path, parameters: ["SnippetSize": "10", "GenerateFrames": "false"])
    #expect(Set(template.functions.compactMap { $0.environment["SnippetSize"] }) == ["10"])
    #expect {
      try Template.load(path: Self.path, parameters: ["SnippetSize": "0", "GenerateFrames": "maybe", "Nonsense": "1"])
    } throws: {
      ($0 as? TemplateError)?.problems.count == 3
    }
  }

  @Test("a file that cannot be read is one problem")
  func missing() {
    #expect {
      try Template.load(path: "/nonexistent/template.yaml")
    } throws: {
      "\($0)".contains("/nonexistent/template.yaml")
    }
  }
}
