@testable import StokerCore
import TestSupport
import Testing

/// Random events against what must hold whatever happens.
@Suite struct RebuildWalkTests {
    /// The world around the machine: it performs the actions, and knows what is still owed.
    struct World {
        var machine = Machine(
            timing: .init(
                quiet: .milliseconds(40), longestQuiet: .milliseconds(90), cap: .milliseconds(500),
                longestHold: .milliseconds(2000)))
        /// Whether somebody is at work on the files, and until when that counts.
        var heldUntil: TestInstant?
        var now = TestInstant(0)
        var timer: TestInstant?
        var isWorking = false
        /// What the machine waits for, and how much work in a row has been abandoned.
        var (isJudging, isAbandoning, abandoned) = (false, false, 0)
        /// Changes and questions that no work has begun after.
        var (unseenChange, unansweredQuestion): (TestInstant?, TestInstant?)
        var works = 0
        var hindrances = 0
        var retryAt: TestInstant?
        /// Since the last work.
        var hasBeenHeld = false

        /// As its owner does it when the time has come.
        mutating func ring() {
            if let heldUntil, heldUntil > now {
                hasBeenHeld = true
                handle(.timerWhileHeld(until: heldUntil))
            } else {
                handle(.timer)
            }
        }

        mutating func handle(_ event: Machine.Event) {
            switch event {
            case .changed: unseenChange = unseenChange ?? now
            case .asked: unansweredQuestion = unansweredQuestion ?? now
            case .timer, .timerWhileHeld: timer = nil
            case .released: heldUntil = nil
            case .finished: (isWorking, isAbandoning, abandoned) = (false, false, 0)
            case .superseded: (isWorking, isAbandoning, abandoned) = (false, false, abandoned + 1)
            case .judged: isJudging = false
            }
            let isOwed = unseenChange != nil || unansweredQuestion != nil || retryAt != nil
            for action in machine.handle(event, at: now) {
                switch action {
                case .wake(let at): timer = at
                case .work:
                    #expect(!isWorking, "two works at once")
                    #expect(isOwed, "work that nothing asked for")
                    if case .timerWhileHeld(let limit) = event, let unseenChange, retryAt == nil {
                        // It was due at the earliest 40 ms after the change.
                        let isOverdue = unseenChange.advanced(by: .milliseconds(2040)) <= now
                        #expect(isOverdue || limit <= now, "work on files that somebody is at work on")
                    }
                    isWorking = true
                    works += 1
                    (unseenChange, unansweredQuestion, retryAt) = (nil, nil, nil)
                    hasBeenHeld = false
                case .judge:
                    #expect(isWorking, "nothing to be judged")
                    isJudging = true
                case .abandon:
                    #expect(isWorking, "nothing to be abandoned")
                    #expect(unansweredQuestion != nil || abandoned < 3, "endless edits yield no image")
                    isAbandoning = true
                }
            }
            if case .asked = event { #expect(isWorking, "a question works at once or waits for work") }
            expectNothingIsForgotten()
        }

        /// Whatever is owed is going on or has a timer.
        func expectNothingIsForgotten() {
            if isWorking { return }
            #expect(unansweredQuestion == nil, "a question waits for nothing")
            if let unseenChange {
                #expect(timer != nil, "a change waits for nothing")
                if let timer {
                    #expect(timer <= unseenChange.advanced(by: .milliseconds(500 + 2000)) || timer <= now)
                    if !hasBeenHeld {
                        #expect(timer <= unseenChange.advanced(by: .milliseconds(500)) || timer <= now)
                    }
                }
            }
            if let retryAt { #expect(timer == retryAt || unseenChange != nil) }
        }

        mutating func finish(_ verdict: Machine.Verdict) {
            if case .hindered = verdict {
                hindrances += 1
                if unseenChange == nil, unansweredQuestion == nil {
                    let seconds = min(1 << min(hindrances - 1, 6), 60)
                    retryAt = now.advanced(by: .seconds(seconds))
                }
            } else {
                hindrances = 0
            }
            handle(.finished(verdict))
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>) func whatIsOwedIsDoneAndNothingElse(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world = World()
        let verdicts = [
            RebuildMachineTests.current, RebuildMachineTests.failed, RebuildMachineTests.hindered,
        ]
        for _ in 0..<2000 {
            world.now = world.now.advanced(by: .milliseconds(Int.random(in: 0...60, using: &random)))
            if let timer = world.timer, timer <= world.now { world.ring() }
            switch Int.random(in: 0..<13, using: &random) {
            case 0...2: world.handle(.changed)
            case 3 where Int.random(in: 0..<4, using: &random) == 0: world.handle(.asked)
            case 4 where world.isWorking, 5 where world.isWorking:
                world.finish(verdicts.randomElement(using: &random) ?? RebuildMachineTests.current)
            case 6: if let timer = world.timer, !world.isWorking { world.now = max(world.now, timer) }
            // A timer that comes too early or twice.
            case 7: world.ring()
            case 8:
                world.heldUntil = world.now.advanced(
                    by: .milliseconds(Int.random(in: 1...900, using: &random)))
            case 9, 10: world.handle(.released)
            case 11 where world.isJudging: world.handle(.judged(isInVain: Bool.random(using: &random)))
            case 12 where world.isAbandoning: world.handle(.superseded)
            default: break
            }
        }
        #expect(world.works > 50)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func whenAllIsQuietAllIsDone(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world = World()
        for _ in 0..<50 {
            world.now = world.now.advanced(by: .milliseconds(Int.random(in: 0...100, using: &random)))
            if let timer = world.timer, timer <= world.now { world.ring() }
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1: world.handle(.changed)
            case 2: world.handle(.asked)
            case 3: world.heldUntil = world.now.advanced(by: .milliseconds(700))
            default: if world.isWorking { world.finish(RebuildMachineTests.failed) }
            }
        }
        for _ in 0..<10 {
            if world.isJudging { world.handle(.judged(isInVain: true)) }
            if world.isAbandoning { world.handle(.superseded) }
            if world.isWorking { world.finish(RebuildMachineTests.current) }
            if let timer = world.timer {
                world.now = max(world.now, timer)
                world.ring()
            }
        }
        #expect(world.machine.state == .resting)
        #expect(world.machine.verdict != .unknown)
        #expect(world.unseenChange == nil && world.unansweredQuestion == nil)
    }
}
