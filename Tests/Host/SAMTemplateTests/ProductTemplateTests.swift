import Core
import SAMTemplate
import Testing

@Suite("The project's own template")
struct ProductTemplateTests {
  private static let path =
    "\(#filePath.prefix(#filePath.count - "Tests/Host/SAMTemplateTests/ProductTemplateTests.swift".count))template.yaml"

  @Test("It loads, with what the pipeline needs")
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
    #expect(storyboard.environment["StoryboardTileWidth"] == "160")
  }

  @Test("Without storyboards there is no function that makes them")
  func withoutStoryboards() throws {
    let template = try Template.load(path: Self.path, parameters: ["Storyboard": "false"])
    #expect(template.functions.map(\.handler) == ["Snippets", "ProcessClip", "RecordFailure"])
  }

  @Test("Its parameters can be given, within their limits")
  func parameters() throws {
    let template = try Template.load(path: Self.path, parameters: ["SnippetSize": "10", "GenerateFrames": "false"])
    #expect(template.functions.allSatisfy { $0.environment["SnippetSize"] == "10" })
    #expect {
      try Template.load(path: Self.path, parameters: ["SnippetSize": "0", "GenerateFrames": "maybe", "Nonsense": "1"])
    } throws: {
      ($0 as? TemplateError)?.problems.count == 3
    }
  }

  @Test("A file that cannot be read is one problem")
  func missing() {
    #expect {
      try Template.load(path: "/nonexistent/template.yaml")
    } throws: {
      "\($0)".contains("/nonexistent/template.yaml")
    }
  }
}
