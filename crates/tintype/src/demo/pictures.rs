//! The demo's photos: little landscapes, computed, and encoded as real JPEGs.

use anyhow::Result;
use jpeg_encoder::{ColorType, Encoder};

/// What kind of light a picture is drawn in.
#[derive(Clone, Copy)]
pub struct Scene {
    /// Width and height in pixels.
    pub size: (u16, u16),
    /// The sky at the top, the sky at the horizon, the hills; red, green, blue.
    pub palette: [[f32; 3]; 3],
    /// Where the sun stands, in parts of the width and height.
    pub sun: (f32, f32),
    /// Where the hills' waves begin.
    pub phase: f32,
}

/// Draws a scene as a JPEG.
pub fn draw(scene: &Scene) -> Result<Vec<u8>> {
    let (width, height) = scene.size;
    let mut pixels = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    for y in 0..height {
        for x in 0..width {
            let (x, y) = (f32::from(x) / f32::from(width), f32::from(y) / f32::from(height));
            pixels.extend(pixel(scene, x, y, f32::from(height) / f32::from(width)));
        }
    }
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, 88).encode(&pixels, width, height, ColorType::Rgb)?;
    Ok(jpeg)
}

fn pixel(scene: &Scene, x: f32, y: f32, aspect: f32) -> [u8; 3] {
    let [sky, horizon, hills] = scene.palette;
    let mut color = mix(sky, horizon, (y * 1.4).min(1.0));
    let (dx, dy) = (x - scene.sun.0, (y - scene.sun.1) * aspect);
    let glow = (1.0 - (dx * dx + dy * dy).sqrt() * 2.2).max(0.0);
    color = mix(color, [255.0, 240.0, 205.0], glow * glow);
    if (dx * dx + dy * dy).sqrt() < 0.05 {
        color = [255.0, 248.0, 225.0];
    }
    // Four ranges of hills, each nearer and darker than the one behind it.
    for range in 0..4_u8 {
        let depth = f32::from(range) / 3.0;
        let waves = (x * (5.0 + depth * 7.0) + scene.phase + depth * 2.6).sin() * 0.05
            + (x * (13.0 - depth * 3.0) + scene.phase * 1.7).sin() * 0.02;
        if y > 0.52 + depth * 0.14 + waves {
            color = mix(mix(hills, horizon, 0.55 - depth * 0.4), [18.0, 20.0, 26.0], depth * 0.5);
        }
    }
    // A little grain, always the same.
    let grain = ((x * 1713.0 + y * 913.7).sin() * 43_758.547).fract() * 6.0;
    color.map(|c| (c + grain).clamp(0.0, 255.0) as u8)
}

fn mix(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    let [ar, ag, ab] = a;
    let [br, bg, bb] = b;
    [ar + (br - ar) * t, ag + (bg - ag) * t, ab + (bb - ab) * t]
}

/// Five scenes, by number; further numbers begin again in another place.
pub fn scene(number: u8) -> Scene {
    let palettes = [
        ([255, 150, 90], [255, 214, 150], [120, 70, 90]),
        ([90, 150, 220], [214, 232, 245], [60, 110, 90]),
        ([30, 34, 78], [190, 110, 140], [40, 40, 74]),
        ([120, 190, 210], [250, 240, 215], [150, 120, 80]),
        ([200, 205, 214], [238, 236, 230], [90, 100, 112]),
    ];
    let at = usize::from(number) % palettes.len();
    let (sky, horizon, hills) = palettes.get(at).copied().unwrap_or_default();
    let tall = number % 3 == 1;
    Scene {
        size: if tall { (900, 1200) } else { (1280, 860) },
        palette: [sky, horizon, hills].map(|[r, g, b]: [u8; 3]| [f32::from(r), f32::from(g), f32::from(b)]),
        sun: (0.2 + f32::from(number % 5) * 0.15, 0.22 + f32::from(number % 4) * 0.06),
        phase: f32::from(number) * 1.9,
    }
}
