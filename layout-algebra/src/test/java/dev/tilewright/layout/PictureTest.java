package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class PictureTest {

  private static final Layout C =
      Layout.local(2, 1).product(Layout.spatial(Axis.LANE, 8, 4)).product(Layout.local(1, 2));

  @Test
  void aFragmentShowsWhoHoldsWhat() {
    String picture = C.toAscii();
    assertEquals(
        """
              0    1    2    3    4    5    6    7
         0  0:0  0:1  1:0  1:1  2:0  2:1  3:0  3:1
         1  4:0  4:1  5:0  5:1  6:0  6:1  7:0  7:1
        """,
        picture.lines().limit(3).reduce("", (a, b) -> a + b + "\n"));
    assertEquals("15 28:2 28:3 29:2 29:3 30:2 30:3 31:2 31:3", picture.lines().toList().get(16));
  }

  @Test
  void aMemoryLayoutShowsOffsets() {
    assertEquals(
        """
           0  1  2  3
        0  0  1  2  3
        1  5  4  7  6
        2 10 11  8  9
        3 15 14 13 12
        """,
        Layout.rowMajor(4, 4).swizzle(2, 0, 2).orThrow().toAscii());
  }

  @Test
  void replicasAndHolesAreMarked() {
    Layout rows = C.reduce(Axis.dim(1));
    assertEquals(
        List.of("0", "1", "2", "3"), List.of(rows.toAscii().trim().split(" +")).subList(0, 4));
    assertTrue(rows.toAscii().contains("  0:0+  4:0+  8:0+"));
    Layout holes = Layout.into(Space.tile(1, 3)).digit(Axis.LANE, 2, Axis.dim(1), 2).build();
    assertEquals("    0   1   2\n0 0:0   . 1:0\n", holes.toAscii());
  }

  @Test
  void theSvgIsWellFormedAndColoursThreads() throws Exception {
    String svg = C.toSvg();
    Element root =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)))
            .getDocumentElement();
    NodeList cells = root.getElementsByTagName("rect");
    assertEquals(1 + 16 * 8, cells.getLength());
    java.util.Set<String> colours = new java.util.TreeSet<>();
    for (int i = 1; i < cells.getLength(); i++) {
      colours.add(((Element) cells.item(i)).getAttribute("fill"));
    }
    assertEquals(32, colours.size());
    assertTrue(root.getElementsByTagName("title").item(0).getTextContent().contains(C.toString()));
  }

  @Test
  void banksAreColoured() {
    String svg = Picture.ofBanks(Layout.rowMajor(4, 64), 2, 32, 4).toSvg();
    assertEquals(
        32,
        svg.lines()
            .filter(line -> line.contains("hsl"))
            .map(line -> line.replaceAll(".*fill=\"([^\"]*)\".*", "$1"))
            .distinct()
            .count());
    assertThrows(IllegalArgumentException.class, () -> Layout.rowMajor(512, 512).toAscii());
  }

  @Test
  void aCornerIsTheTopLeftOfTheWhole() {
    Picture whole = Picture.of(Layout.rowMajor(4, 4));
    assertEquals("  0 1 2\n0 0 1 2\n1 4 5 6\n", whole.corner(2, 3).toAscii());
    assertEquals(whole.toSvg(), whole.corner(9, 9).toSvg());
    assertThrows(IllegalArgumentException.class, () -> whole.corner(0, 3));
  }

  /** The pictures of {@code docs/layouts.md}; a failure prints the text that belongs there. */
  @Test
  void theDocumentationShowsCurrentPictures() throws IOException {
    Path images = Path.of("..", "docs", "images");
    assertEquals(Files.readString(images.resolve("mma-accumulator.svg")), C.toSvg());
    Layout tile = Layout.rowMajor(8, 32).swizzle(3, 2, 3).orThrow();
    assertEquals(
        Files.readString(images.resolve("swizzled-tile.svg")),
        Picture.ofBanks(tile, 4, 32, 4).toSvg());
    Layout block = Layout.rowMajor(2, 4);
    Layout copies = Layout.rowMajor(2, 2);
    assertEquals(
        Files.readString(images.resolve("blocked-product.svg")),
        block.blockedProduct(copies).orThrow().toSvg());
    assertEquals(
        Files.readString(images.resolve("raked-product.svg")),
        block.rakedProduct(copies).orThrow().toSvg());
  }
}
