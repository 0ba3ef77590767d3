import StokerCore
import SystemPackage

/// libFuzzer's way in: both parsers on the same bytes. What they refuse they refuse with an error; everything
/// else than an answer in good time is a fault.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    readDockerfile(bytes)
    matchPaths(bytes)
    return 0
}

private func readDockerfile(_ bytes: [UInt8]) {
    let bases: [String: BaseImageFacts] = [
        "base": .present(onBuild: ["COPY . /app", "ARG V=b"], environment: ["PATH=/bin", "V=a"])
    ]
    for stages in [StageSelection.reached, .upToTarget] {
        let surroundings = DockerfileSurroundings(
            arguments: ["ARGUMENT": "given"], enginePlatform: "linux/amd64",
            buildContexts: ["named": .directory("/named")], bases: bases, stages: stages)
        guard let reading = try? DockerfileReading.read(bytes, name: "Dockerfile", in: surroundings) else {
            continue
        }
        // What was read is asked about, as a walk does it.
        let scope = ReadScope(reading.context)
        for path in derivedPaths(bytes) { _ = scope.position(of: path).canHoldRead }
    }
}

private func matchPaths(_ bytes: [UInt8]) {
    guard let file = try? IgnoreFile(bytes, name: ".dockerignore") else { return }
    let matcher = IgnoreMatcher(file)
    for path in derivedPaths(bytes) {
        let isExcluded = matcher.excludes(path)
        precondition(matcher.explanation(path).isExcluded == isExcluded)
        // What is in can only be found by a walk that enters its folders.
        if !isExcluded, let parent = path.parent, !parent.isRoot {
            precondition(matcher.canContainIncluded(directory: parent))
        }
    }
}

/// Paths made of the input's own words, so that patterns meet what they could match.
private func derivedPaths(_ bytes: [UInt8]) -> [BytePath] {
    let words = bytes.split { $0 <= 0x20 || $0 == UInt8(ascii: "!") }.suffix(3)
    return words.compactMap { word in
        let names = word.prefix(200).split(separator: UInt8(ascii: "/")).filter { name in
            !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8) && !name.contains(0)
        }
        return names.isEmpty ? nil : BytePath(bytes: Array(names.joined(separator: [UInt8(ascii: "/")])))
    }
}

/// The package manager makes this name the program's entry, since a target without `main` has none of its own.
@_cdecl("InputsFuzzer_main")
public func runFuzzer(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments, fuzzOneInput)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
