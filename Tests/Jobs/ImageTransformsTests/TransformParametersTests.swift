import ImageTransforms
import MediaTypes
import Testing

@Suite struct TransformParametersTests {
  private func parse(_ query: String) -> TransformParameters {
    TransformParameters(
      query: query.split(separator: "&").map { pair in
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (parts[0], parts.count == 2 ? parts[1] : nil)
      })
  }

  @Test(arguments: [
    ("", "w0_h0_q0.jpeg", false), ("format=jpeg", "w0_h0_q0.jpeg", false), ("format=bmp", "w0_h0_q0.jpeg", false),
    ("width=0&height=-3", "w0_h0_q0.jpeg", false), ("width=abc&quality=101", "w0_h0_q0.jpeg", false),
    ("width=1.5", "w0_h0_q0.jpeg", false), ("quality=0", "w0_h0_q0.jpeg", false), ("width", "w0_h0_q0.jpeg", false),
    ("quality=80", "w0_h0_q80.jpeg", true), ("format=webp", "w0_h0_q0.webp", true),
    ("width=300", "w300_h0_q0.jpeg", true), ("height=300&format=avif", "w0_h300_q0.avif", true),
    ("width=5000&height=99999999999999999999999", "w4096_h4096_q0.jpeg", true),
    ("format=png&height=9&quality=100&width=8", "w8_h9_q100.png", true), ("width=7&width=9", "w7_h0_q0.jpeg", true),
  ])
  func nonsenseIsIgnoredAndSidesAreClamped(query: String, name: String, transforms: Bool) {
    let parameters = parse(query)
    #expect(parameters.objectName == name)
    #expect(parameters.needsTransform == transforms)
    if transforms { #expect(TransformParameters(objectName: name) == parameters) }
  }

  @Test("the query is sorted")
  func theQueryIsSorted() {
    #expect(
      TransformParameters(width: 720, height: 360, quality: 82).query == "format=jpeg&height=360&quality=82&width=720")
    #expect(TransformParameters(format: .webp).query == "format=webp")
    #expect(TransformParameters().query == "")
  }

  @Test(
    "other names are not read",
    arguments: ["", "w1_h1_q1", "w1_h1_q1.gif", "w01_h1_q1.jpeg", "w-1_h1_q1.jpeg", "w9999_h0_q0.jpeg", "x.jpeg"])
  func otherNamesAreNotRead(name: String) {
    #expect(TransformParameters(objectName: name) == nil)
  }
}

@Suite struct ImageVariantTests {
  @Test("the registry is of version 1")
  func theRegistryIsVersionOne() {
    let registry = ImageVariants.current
    #expect(registry.version == 1)
    #expect(
      registry.variants.map { $0.parameters(for: nil).objectName } == [
        "w80_h80_q70.jpeg", "w240_h240_q70.webp", "w300_h300_q80.jpeg", "w720_h360_q82.jpeg", "w1920_h1080_q90.jpeg",
      ])
  }

  @Test(arguments: [
    ("card", PixelSize(width: 500, height: 400), "w500_h360_q82.jpeg"),
    ("preview", PixelSize(width: 1000, height: 800), "w1000_h800_q90.jpeg"),
    ("preview", PixelSize(width: 5640, height: 3172), "w1920_h1080_q90.jpeg"),
    ("search", PixelSize(width: 10, height: 10), "w80_h80_q70.jpeg"),
  ])
  func cappedBoxesAreNoLargerThanTheSource(name: String, source: PixelSize, key: String) {
    #expect(ImageVariants.current[name]?.parameters(for: source).objectName == key)
  }
}
