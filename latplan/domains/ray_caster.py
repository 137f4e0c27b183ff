"""A small ray caster: unit cubes on a grid above a ground, seen in perspective, with a light that casts shadows.

What a ray meets depends on where cubes may stand, not on which of them do, so it is worked out once for every place;
a picture is then put together from tables: the nearest cube that is there, its face's light, and whether another cube
stands in the way of the light.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Light that reaches what lies in shadow, and that of the lamp on a face turned towards it.
AMBIENT, LAMP = 0.45, 0.75
GROUND = (0.62, 0.60, 0.56)
SKY = (0.80, 0.86, 0.92)
#: Rays along the side of a pixel.
FINER = 2
_TINY = 1e-6


class Scene:
    """Places for cubes, seen by one camera under one light; colours come later."""

    def __init__(self, corners: Floats, eye: Floats, target: Floats, light: Floats, shape: tuple[int, int]) -> None:
        """`corners` [places, 3]: the lowest corner of each unit cube. x goes right, y away, z up; the ground is z = 0.

        `eye` looks at `target`; `light` points towards the lamp; `shape`: of the pictures, (height, width).
        """
        self.shape = shape
        self.places = len(corners)
        rays = _rays(eye, target, (FINER * shape[0], FINER * shape[1]))
        points, normals, reach = _cubes(corners, np.broadcast_to(eye, rays.shape), rays)
        light = light / np.linalg.norm(light)
        with np.errstate(divide="ignore"):
            to_ground = np.where(rays[:, 2] < 0, -eye[2] / rays[:, 2], np.inf)
        ground = eye + rays * np.where(np.isfinite(to_ground), to_ground, 0)[:, None]
        points = np.concatenate([points, ground[None]])
        normals = np.concatenate([normals, np.broadcast_to([0.0, 0.0, 1.0], (1, len(rays), 3))])
        #: [places + 1, rays]: how far each place's cube is, and last the ground; infinite where the ray misses it.
        self.reach = np.concatenate([reach, to_ground[None]])
        #: [places + 1, rays]: the lamp's light on what the ray meets there.
        self.lit = LAMP * np.clip(normals @ light, 0, None)
        #: [places + 1, rays, places]: whether a cube at a place keeps the lamp's light from it.
        self.shaded = np.zeros((self.places + 1, len(rays), self.places), bool)
        for surface in range(self.places + 1):
            start = points[surface] + 1e-4 * (normals[surface] + light)
            distances = _cubes(corners, start, np.broadcast_to(light, start.shape))[2]
            self.shaded[surface] = np.isfinite(distances).T

    def draw(self, colours: Floats, ground: Floats, lamp: float = 1.0) -> Floats:
        """A picture, [height, width, 3] in 0..1.

        `colours` [places, 3]: of the cube at each place, NaN where there is none. `lamp`: its strength.
        """
        nearest, lit, sky = self._seen(tuple((~np.isnan(colours[:, 0])).tolist()))
        palette = np.concatenate([np.nan_to_num(colours), ground[None]])
        light = AMBIENT + lamp * lit
        planes = []
        for channel, above in zip(palette.T, SKY, strict=True):
            seen = channel.take(nearest)
            seen *= light
            seen[sky] = above
            planes.append(np.minimum(seen, 1, out=seen).mean(0))
        return np.stack(planes, -1).reshape(*self.shape, 3)

    @lru_cache(maxsize=1024)  # noqa: B019 (scenes live as long as their puzzle)
    def _seen(self, there: tuple[bool, ...]) -> tuple[npt.NDArray[np.int64], Floats, npt.NDArray[np.bool_]]:
        """For each ray, if cubes stand so: the surface it meets, the lamp's light there, and whether it meets none.

        Arrays [rays of a pixel, pixels].
        """
        reach = self.reach.copy()
        reach[:-1][~np.array(there)] = np.inf
        nearest = reach.argmin(0)
        rays = np.arange(reach.shape[1])
        fine = rays.reshape(self.shape[0], FINER, self.shape[1], FINER).transpose(1, 3, 0, 2).reshape(FINER**2, -1)
        shaded = (self.shaded[nearest, rays] & there).any(-1)
        lit = np.where(shaded, 0.0, self.lit[nearest, rays])
        return nearest[fine], lit[fine], np.isinf(reach[nearest, rays])[fine]


def _rays(eye: Floats, target: Floats, shape: tuple[int, int]) -> Floats:
    """Unit directions through the pixels, [height * width, 3]; the picture is as wide as 50 degrees."""
    ahead = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, ahead)
    height, width = shape
    size = 2 * np.tan(np.radians(25)) / width
    rows, columns = np.mgrid[:height, :width].reshape(2, -1) + 0.5
    rays = ahead + size * ((columns - width / 2)[:, None] * right + (height / 2 - rows)[:, None] * up)
    unit: Floats = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return unit


def _cubes(corners: Floats, starts: Floats, rays: Floats) -> tuple[Floats, Floats, Floats]:
    """Where rays [n, 3] from `starts` [n, 3] enter each cube: points and normals [cubes, n, 3], distances [cubes, n].

    By the slab method (T. Kay, J. Kajiya, "Ray Tracing Complex Scenes", SIGGRAPH 1986).
    """
    safe = np.where(np.abs(rays) < _TINY, _TINY, rays)
    low = (corners[:, None] - starts[None]) / safe
    high = (corners[:, None] + 1 - starts[None]) / safe
    enter, leave = np.minimum(low, high), np.maximum(low, high)
    face = enter.argmax(-1)
    distance = enter.max(-1)
    distance = np.where((distance < leave.min(-1)) & (distance > 0), distance, np.inf)
    normals = np.zeros((len(corners), len(rays), 3))
    np.put_along_axis(normals, face[..., None], -np.sign(np.take_along_axis(safe[None], face[..., None], -1)), -1)
    points = starts[None] + rays[None] * np.where(np.isfinite(distance), distance, 0)[..., None]
    return points, normals, distance
